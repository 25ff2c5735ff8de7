#include "json_rpc_client.hpp"

#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <utility>

#include "common/async/task_group.hpp"
#include "common/async/within.hpp"
#include "connection_closed.hpp"

namespace cookbook::rpc {
namespace {

constexpr auto for_ever = JsonRpcClient::duration::max();

}  // namespace

/// A request's place among those that wait, as long as somebody waits for it.
class JsonRpcClient::Place {
public:
    Place(JsonRpcClient& client, const asio::any_io_executor& executor)
        : client_(client),
          position_(client.pending_.try_emplace(++client.last_id_, executor).first) {
        if (client_.pending_.size() == 1) {
            client_.channel_->set_idle_timeout(client_.silence_);
        }
    }
    ~Place() {
        client_.pending_.erase(position_);
        if (client_.pending_.empty()) {
            client_.channel_->set_idle_timeout(for_ever);
        }
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    [[nodiscard]] std::int64_t id() const { return position_->first; }
    [[nodiscard]] Pending& pending() const { return position_->second; }

private:
    JsonRpcClient& client_;
    std::map<std::int64_t, Pending>::iterator position_;
};

JsonRpcClient::JsonRpcClient(std::unique_ptr<Channel> channel, duration silence)
    : channel_(std::move(channel)), silence_(silence) {
    channel_->set_idle_timeout(for_ever);
}

asio::awaitable<void> JsonRpcClient::run(asio::awaitable<void> body) {
    TaskGroup receiver(co_await this_coro::executor);
    receiver.spawn(receive());
    std::exception_ptr failure;
    try {
        co_await std::move(body);
    } catch (...) {
        failure = std::current_exception();
    }
    // The receiver refers to us, so it is joined even if we are cancelled.
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);
    receiver.cancel();
    co_await receiver.join();
    co_await this_coro::throw_if_cancelled(throws);
    if (failure) {
        std::rethrow_exception(failure);
    }
}

asio::awaitable<void> JsonRpcClient::receive() {
    try {
        while (const auto message = co_await channel_->receive()) {
            take(parse_response(*message));
        }
        end(std::make_exception_ptr(ConnectionClosed()));
    } catch (...) {
        end(std::current_exception());
    }
}

/// The first reason counts.
void JsonRpcClient::end(std::exception_ptr reason) {
    end_ = end_ ? end_ : std::move(reason);
    for (auto& [id, pending] : pending_) {
        pending.done.cancel();
    }
}

/// A response to a call that nobody has made, or that nobody waits for any more, is ignored.
void JsonRpcClient::take(Response response) {
    const auto* id = response.id.get_if<std::int64_t>();
    const auto found = id ? pending_.find(*id) : pending_.end();
    if (found != pending_.end()) {
        found->second.response = std::move(response);
        found->second.done.cancel();
    }
}

asio::awaitable<Value> JsonRpcClient::call(Call call, std::optional<duration> timeout) {
    if (!call.args.empty() && !call.kwargs.empty()) {
        throw std::invalid_argument("JSON-RPC takes arguments by position or by name, not both");
    }
    if (end_) {
        std::rethrow_exception(end_);
    }
    const Place place(*this, co_await this_coro::executor);
    channel_->put(format_request(
        {.id = place.id(), .call = std::move(call), .timeout = timeout, .error = {}}));
    try {
        co_await within(timeout.value_or(for_ever / 2), wait_for(place.pending()));
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::timed_out && !end_) {
            throw JsonRpcError(Code::deadline_passed);  // as the server says it
        }
        throw;
    }
    const Response& response = *place.pending().response;
    if (response.error) {
        std::rethrow_exception(response.error);
    }
    co_return response.result;
}

asio::awaitable<void> JsonRpcClient::flush() {
    try {
        co_await channel_->flush();
    } catch (const boost::system::system_error& error) {
        // A part of a request may have been sent, and nothing can follow it.
        end(error.code() == asio::error::operation_aborted
                ? std::make_exception_ptr(
                      boost::system::system_error(asio::error::connection_aborted))
                : std::current_exception());
        throw;
    }
}

asio::awaitable<void> JsonRpcClient::wait_for(Pending& pending) {
    co_await flush();
    while (!pending.response) {
        if (end_) {
            std::rethrow_exception(end_);
        }
        co_await pending.done.async_wait(use_nothrow);
    }
}

}  // namespace cookbook::rpc
