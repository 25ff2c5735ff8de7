// What a TLS connection does with the stream that carries it: receives for OpenSSL, and sends what
// OpenSSL has written. One coroutine at a time receives, and one sends; another may wait for it.
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <tuple>

#include "error.hpp"
#include "tls_stream.hpp"

namespace cookbook::tls {
namespace {

/// More waits to be sent only if the peer reads nothing: a batch, with all that OpenSSL adds.
constexpr std::size_t max_unsent = std::size_t{320} << 10U;

/// One coroutine's turn to do what one at a time may do, and another may wait for.
class Turn {
public:
    Turn(bool& taken, std::uint64_t& turns, asio::steady_timer& ended)
        : taken_(taken), turns_(turns), ended_(ended) {
        taken_ = true;
    }
    ~Turn() {
        taken_ = false;
        ++turns_;
        ended_.cancel();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    bool& taken_;
    std::uint64_t& turns_;
    asio::steady_timer& ended_;
};

}  // namespace

/// Receives something for OpenSSL to read.
asio::awaitable<error_code> TlsStream::receive() {
    if (receiving_) {
        co_return co_await wait_for_other();
    }
    const Turn turn(receiving_, turns_, turn_);
    const auto [error, size] = co_await below_->read_some(buffers_.incoming.prepare());
    buffers_.incoming.commit(size);
    // [step 4] Tell the peer's end from a cut. (stub: co_return error;)
    // Its end is a close_notify. OpenSSL has not read one, or nobody would be reading.
    if (error == asio::error::eof) {
        co_return Error::stream_truncated;
    }
    co_return error;
    // [end]
}

/// Sends what the stream below takes at once; would_block if that is not all.
error_code TlsStream::send_now() {
    error_code error;
    while (!error && !buffers_.outgoing.empty()) {
        if (flushing_) {
            return asio::error::would_block;
        }
        const asio::const_buffer unsent = buffers_.outgoing.front();
        const std::size_t size = below_->write_now({&unsent, 1}, error);
        buffers_.outgoing.consume(size);
        if (!error && size < unsent.size()) {
            return asio::error::would_block;
        }
    }
    return error;
}

/// Sends all that OpenSSL has written, and what it writes meanwhile. What is left after an error is
/// where the next flush goes on.
asio::awaitable<error_code> TlsStream::flush() {
    error_code error = send_now();
    while (error == asio::error::would_block) {
        if (flushing_) {
            error = co_await wait_for_other();
        } else {
            const Turn turn(flushing_, turns_, turn_);
            const asio::const_buffer unsent = buffers_.outgoing.front();
            std::size_t size = 0;
            std::tie(error, size) = co_await below_->write({&unsent, 1});
            buffers_.outgoing.consume(size);
        }
        if (!error) {
            error = send_now();
        }
    }
    co_return error;
}

/// Reading writes, too: tickets, warnings, whatever TLS adds next. That leaves before a read waits,
/// or while it waits, because a peer may read nothing before we have read what it writes.
asio::awaitable<error_code> TlsStream::receive_and_flush() {
    const error_code send_error = send_now();
    if (buffers_.outgoing.size() > max_unsent) {
        co_return co_await flush();  // a peer that reads nothing is not read from, in the end
    }
    if (send_error != asio::error::would_block || flushing_) {
        co_return co_await receive();  // which meets any other error, too
    }
    const auto executor = co_await this_coro::executor;
    auto both =
        asio::experimental::make_parallel_group(asio::co_spawn(executor, receive(), asio::deferred),
                                                asio::co_spawn(executor, flush(), asio::deferred));
    // Whichever ends first cancels the other, which goes on the next time.
    const auto [order, receive_failure, receive_error, flush_failure, flush_error] =
        co_await both.async_wait(asio::experimental::wait_for_one(), use_nothrow);
    co_return order[0] == 0 ? receive_error : flush_error;
}

/// Waits until another coroutine has received or flushed something for both.
asio::awaitable<error_code> TlsStream::wait_for_other() {
    const std::uint64_t before = turns_;
    co_await turn_.async_wait(use_nothrow);
    co_return turns_ == before ? asio::error::operation_aborted : error_code();
}

}  // namespace cookbook::tls
