#include "exchange.hpp"

#include <exception>
#include <optional>

#include "11_01_http_client/message/error.hpp"
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

    /// Sends the request if the network takes all of it at once.
    bool send_now() { return writer_.send_now(); }
    asio::awaitable<void> receive();
    asio::awaitable<void> send_and_receive();

    [[nodiscard]] bool answered() const noexcept { return reader_.has_begun(); }
    [[nodiscard]] bool keep_alive() const noexcept {
        return reader_.keep_alive() && writer_.all_sent() && has_read_all_;
    }

private:
    void on_head();
    void stop_sending();
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

/// The whole response. One coroutine: what has come is parsed without waiting.
asio::awaitable<void> Exchange::receive() {
    using Progress = ResponseParser::Progress;
    bool wants_more = true;
    while (wants_more && !has_read_all_) {
        switch (reader_.parse()) {
            case Progress::head:
                on_head();
                break;
            case Progress::data:
                wants_more = co_await sink_.write(reader_.data());
                break;
            case Progress::done:
                has_read_all_ = true;
                break;
            default:  // needs_more; `failed` is thrown
                reader_.finish_read(co_await reader_.read_some());
        }
    }
}

void Exchange::on_head() {
    response_.elapsed = Deadline::clock::now() - start_;
    if (response_.status >= 300) {
        stop_sending();
    }
    sink_.begin(response_);
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
    limit_.resume();  // if it was cancelled, it may have waited for input
}

}  // namespace

asio::awaitable<bool> exchange(Connection& connection, const OutgoingRequest& request,
                               Response& response, BodySink& sink,
                               asio::steady_timer::duration max_silence, bool& answered) {
    Exchange both(connection, request, response, sink, max_silence);
    try {
        if (both.send_now()) {
            co_await both.receive();
        } else {
            co_await both.send_and_receive();
        }
    } catch (...) {
        answered = both.answered();
        throw;
    }
    co_return both.keep_alive();
}

bool is_lost(const error_code& error) {
    return error == Error::no_response || error == asio::error::connection_reset ||
           error == asio::error::broken_pipe;
}

}  // namespace cookbook::http_client
