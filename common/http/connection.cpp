// One connection of the server: the loop over its requests.
#include <spdlog/spdlog.h>

#include <boost/asio/cancellation_state.hpp>
#include <utility>
#include <variant>

#include "common/http/request_reader.hpp"
#include "common/http/response_writer.hpp"
#include "common/http/server.hpp"

namespace cookbook::http {
namespace {

using Input = RequestReader::Input;

/// The connection as an Upgrade gets it: it begins with what has been received already, and a peer
/// that is idle for too long is disconnected.
class UpgradedStream final : public Stream {
public:
    UpgradedStream(Stream& stream, std::string_view received,
                   Deadline::clock::duration idle_timeout)
        : stream_(stream), received_(received), idle_timeout_(idle_timeout), deadline_(stream) {}

    asio::any_io_executor get_executor() override { return stream_.get_executor(); }
    [[nodiscard]] tcp::endpoint peer() const override { return stream_.peer(); }

    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override {
        deadline_.expires_after(idle_timeout_);
        return received_.empty() ? stream_.read_some(buffer) : read_received(buffer);
    }
    std::size_t write_now(Buffers buffers, error_code& error) override {
        deadline_.expires_after(idle_timeout_);
        return stream_.write_now(buffers, error);
    }
    asio::awaitable<Transferred> write(Buffers buffers) override {
        deadline_.expires_after(idle_timeout_);
        return stream_.write(buffers);
    }
    asio::awaitable<void> shut_down() override { return stream_.shut_down(); }
    void cancel(error_code& error) override { stream_.cancel(error); }
    void close(error_code& error) override { stream_.close(error); }

private:
    asio::awaitable<Transferred> read_received(asio::mutable_buffer buffer) {
        const std::size_t n = asio::buffer_copy(buffer, asio::buffer(received_));
        received_.remove_prefix(n);
        co_return Transferred(error_code(), n);
    }

    Stream& stream_;
    std::string_view received_;
    Deadline::clock::duration idle_timeout_;
    Deadline deadline_;
};

class Connection {
public:
    Connection(Stream& stream, const Limits& limits, const Application& application)
        : stream_(stream), limits_(limits), application_(application) {}

    /// Responds to requests until either side ends the connection. Throws system_error if the peer
    /// is gone.
    asio::awaitable<void> run();

private:
    void conclude(Response& response);
    asio::awaitable<void> send(const Response& response);
    asio::awaitable<void> hand_over(const Upgrade& upgrade);
    asio::awaitable<void> refuse(Error error);
    asio::awaitable<void> end();

    Stream& stream_;
    const Limits& limits_;
    const Application& application_;
    // Cancels and does not close: a client that is too slow is told so.
    Deadline deadline_{stream_, Deadline::Effect::cancel};
    ResponseWriter writer_{stream_, deadline_, limits_};
    RequestReader reader_{stream_, deadline_, writer_, limits_};
    bool stopping_ = false;   // the server ends
    bool keep_alive_ = true;  // another request may come
};

/// The whole loop. Responses leave when no complete request is left.
asio::awaitable<void> Connection::run() {
    // Told to stop (`total`), the wait for another request ends at once, and what is at hand is
    // finished: a wait inside an application sees `terminal` only.
    co_await this_coro::reset_cancellation_state([this](asio::cancellation_type type) {
        stopping_ = true;
        return reader_.idle() ? type : type & asio::cancellation_type::terminal;
    });
    while (keep_alive_) {
        const Input input = reader_.parse_head();
        if (input == Input::complete) {
            ResponseFuture future = respond(application_, reader_.request());
            if (!future.ready()) {
                future = co_await std::move(future).wait();
            }
            Response response = std::move(future).get();
            conclude(response);
            if (!writer_.append(reader_.request(), response, keep_alive_)) {
                co_await send(response);
            }
        } else if (input == Input::malformed) {
            co_await refuse(reader_.error());
        } else if (input == Input::nothing && stopping_) {
            keep_alive_ = false;
        } else {
            if (!writer_.flush_now()) {
                co_await writer_.flush();
            }
            const asio::mutable_buffer room = reader_.prepare_read();
            const bool was_idle = reader_.idle();
            const auto transferred = co_await stream_.read_some(room);
            const error_code error = reader_.finish_read(transferred);
            if (error == asio::error::timed_out && !was_idle) {
                co_await refuse(Error(status::request_timeout, "the request comes too slowly"));
            } else if (error) {
                keep_alive_ = false;
            }
        }
    }
    co_await this_coro::throw_if_cancelled(false);  // a server that stops ends in order, too
    const asio::cancellation_state order = co_await this_coro::cancellation_state;
    if ((order.cancelled() & asio::cancellation_type::terminal) == asio::cancellation_type::none) {
        co_await writer_.flush();
        co_await end();
    }  // otherwise the drain is over
}

/// Decides whether another request may follow on the connection (RFC 9112, 9.3). If the body of
/// this one turns out to be malformed, the response is 400, unless it is an error already.
void Connection::conclude(Response& response) {
    const auto* streamed = std::get_if<StreamedBody>(&response.body);
    // The application may still read the request's body while it writes its own.
    if (!streamed && reader_.skip_body() == Input::malformed) {
        if (response.status < status::bad_request) {
            response = error_response(reader_.error());
        }
        response.close = true;
    }
    const bool has_end = !streamed || ResponseWriter::has_end(*streamed, reader_.request());
    keep_alive_ =
        !stopping_ && !response.close && has_end && reader_.has_read_body() && reader_.keep_alive();
}

/// Sends a response that is large, or written as it comes, or no response at all.
asio::awaitable<void> Connection::send(const Response& response) {
    if (const auto* upgrade = std::get_if<Upgrade>(&response.body)) {
        co_await hand_over(*upgrade);
    } else {
        co_await writer_.send(reader_.request(), response, keep_alive_);
    }
}

asio::awaitable<void> Connection::hand_over(const Upgrade& upgrade) {
    co_await writer_.flush();
    if (stopping_) {  // the order may have come meanwhile
        co_await refuse(Error(status::service_unavailable, "the server is stopping"));
        co_return;
    }
    keep_alive_ = false;
    UpgradedStream upgraded(stream_, reader_.release_unparsed(), limits_.idle_timeout);
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await upgrade(upgraded);
}

/// The last response of the connection.
asio::awaitable<void> Connection::refuse(Error error) {
    keep_alive_ = false;
    const Response response = error_response(error);
    co_await writer_.send(reader_.request(), response, keep_alive_);
}

/// Ends our half, and sees to it that the peer gets the last response.
asio::awaitable<void> Connection::end() {
    constexpr auto max_linger = 2s;
    if (reader_.has_unread_input()) {
        co_await lingering_close(stream_, max_linger);
    } else {
        deadline_.expires_after(max_linger);
        co_await stream_.shut_down();
    }
}

}  // namespace

asio::awaitable<void> handle(Stream& stream, const Limits& limits, const Application& application) {
    Connection connection(stream, limits, application);
    try {
        co_await connection.run();
    } catch (const boost::system::system_error& gone) {
        spdlog::debug("connection ended: {}", gone.what());
    }
}

}  // namespace cookbook::http
