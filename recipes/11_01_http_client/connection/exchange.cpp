#include "exchange.hpp"

#include <exception>
#include <optional>

#include "common/async/task_group.hpp"
#include "response_reader.hpp"

namespace cookbook::http_client {
namespace {

class Exchange {
public:
    Exchange(Connection& connection, const OutgoingRequest& request, Response& response,
             BodySink& sink, Deadline::clock::duration max_silence)
        : limit_(connection.deadline(), max_silence),
          writer_(connection, request, limit_),
          reader_(connection, response, request.kind, limit_),
          response_(response),
          sink_(sink) {}

    asio::awaitable<bool> run();
    [[nodiscard]] bool answered() const noexcept { return reader_.has_begun(); }

private:
    asio::awaitable<void> receive();
    void stop_sending();
    asio::awaitable<void> send_and_receive();
    asio::awaitable<void> send_half();
    asio::awaitable<void> receive_half();

    SilenceLimit limit_;
    RequestWriter writer_;
    ResponseReader reader_;
    Response& response_;
    BodySink& sink_;
    const Deadline::clock::time_point start_ = Deadline::clock::now();
    bool has_read_all_ = false;
    bool stopped_ = false;
    // Only for a request that the network does not take at once.
    std::optional<TaskGroup> sender_;
    std::optional<TaskGroup> receiver_;
    std::exception_ptr failure_;
};

asio::awaitable<bool> Exchange::run() {
    if (writer_.send_now()) {
        co_await receive();
    } else {
        co_await send_and_receive();
    }
    co_return reader_.keep_alive() && writer_.all_sent() && has_read_all_;
}

asio::awaitable<void> Exchange::receive() {
    co_await reader_.read_head();
    response_.elapsed = Deadline::clock::now() - start_;
    if (response_.status >= 300) {
        stop_sending();
    }
    sink_.begin(response_);
    has_read_all_ = co_await reader_.read_body(sink_);
}

void Exchange::stop_sending() {
    stopped_ = true;
    if (sender_) {
        sender_->cancel();
    }
}

/// Both halves side by side: a server that responds before it has read everything may read no more.
asio::awaitable<void> Exchange::send_and_receive() {
    const auto executor = co_await this_coro::executor;
    const bool throws = co_await this_coro::throw_if_cancelled();
    co_await this_coro::throw_if_cancelled(false);  // until both have been joined
    sender_.emplace(executor);
    receiver_.emplace(executor);
    receiver_->spawn(receive_half());
    sender_->spawn(send_half());
    co_await receiver_->join();
    stop_sending();
    co_await sender_->join();
    co_await this_coro::throw_if_cancelled(throws);
    if (failure_) {
        std::rethrow_exception(failure_);
    }
}

asio::awaitable<void> Exchange::receive_half() {
    try {
        co_await receive();
    } catch (...) {
        failure_ = failure_ ? failure_ : std::current_exception();
    }
}

asio::awaitable<void> Exchange::send_half() {
    try {
        co_await writer_.send_rest();
    } catch (...) {
        if (!stopped_) {
            failure_ = std::current_exception();
            receiver_->cancel();
        }
    }
}

}  // namespace

asio::awaitable<bool> exchange(Connection& connection, const OutgoingRequest& request,
                               Response& response, BodySink& sink,
                               asio::steady_timer::duration max_silence, bool& answered) {
    Exchange both(connection, request, response, sink, max_silence);
    try {
        co_return co_await both.run();
    } catch (...) {
        answered = both.answered();
        throw;
    }
}

}  // namespace cookbook::http_client
