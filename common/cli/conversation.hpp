// What a client on the command line does with a connection: it sends a text, or stdin, and prints
// all that comes back.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "common/async/asio.hpp"
#include "common/async/deadline.hpp"
#include "common/net/stream.hpp"

namespace cookbook {

/// Sends, ends its half of the stream, and writes everything that the server sends to `output`,
/// until the server ends its half, too. It reads while it writes, so what it sends may be larger
/// than all buffers on the way together.
///
/// Call send_text() or send_input(), once. Both throw system_error, "send to NAME: reason" or
/// "receive from NAME: reason"; its code is broken_pipe if the server ends while we send. They
/// throw std::runtime_error if the server neither takes nor sends anything for the limit, and
/// std::system_error, "write output: reason". A server that ends while we wait for input is no
/// failure: see complete().
class Conversation {
public:
    /// `server` is its name, for messages. `stream` and `output` must outlive the object, and the
    /// object its coroutine.
    Conversation(Stream& stream, std::string server, std::FILE* output,
                 asio::steady_timer::duration limit);

    asio::awaitable<void> send_text(std::string text);

    /// Sends all that the open file `descriptor` has, in constant memory; see open_input(). The
    /// time that we wait for input does not count as the server's silence. Throws also
    /// system_error, "read input: reason".
    asio::awaitable<void> send_input(int descriptor);

    /// Whether all was sent: false if the server ended before the text or the input did.
    [[nodiscard]] bool complete() const noexcept { return complete_; }
    /// Bytes that the connection has taken, and that were written to the output: after a failure,
    /// too.
    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::uint64_t received() const noexcept { return received_; }

private:
    asio::awaitable<void> run(asio::awaitable<void> sending);
    asio::awaitable<void> copy_text(std::string text);
    asio::awaitable<void> copy_input(int descriptor);
    asio::awaitable<bool> send(asio::const_buffer data);
    asio::awaitable<void> end_sending();
    asio::awaitable<void> receive();
    void finish_sending();
    [[noreturn]] void fail_to_send() const;

    Stream& stream_;
    std::string server_;
    std::FILE* output_;
    asio::steady_timer::duration limit_;
    Deadline deadline_{stream_};
    std::optional<asio::posix::stream_descriptor> input_;
    bool sending_ = false;  // the server has not taken all that we have for it
    error_code send_error_ = asio::error::broken_pipe;
    bool complete_ = false;
    bool ended_ = false;  // by the server
    std::uint64_t sent_ = 0;
    std::uint64_t received_ = 0;
};

}  // namespace cookbook
