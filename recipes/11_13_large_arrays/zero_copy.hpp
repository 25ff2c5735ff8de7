// Sending without the kernel's copy: MSG_ZEROCOPY (Documentation/networking/msg_zerocopy.rst).
//
// send(2) copies into the kernel, and then the memory is ours again. With MSG_ZEROCOPY the kernel
// takes the pages as they are, and they are ours again when it says so: each send that has taken
// something has a number, from 0 on, and the socket's error queue has messages with ranges of
// numbers that are done.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/async/asio.hpp"
#include "common/net/endpoint.hpp"
#include "patience.hpp"

struct sock_extended_err;  // NOLINT(readability-identifier-naming): of linux/errqueue.h

namespace cookbook::large_arrays {

/// How many sends the kernel has taken, and how many of them it is done with.
class Completions {
public:
    /// One more send was taken.
    void sent() noexcept { ++sent_; }
    /// Counts what a message of the error queue reports; nothing if it reports something else.
    void add(const sock_extended_err& report);

    [[nodiscard]] std::uint64_t total() const noexcept { return sent_; }
    [[nodiscard]] std::uint64_t pending() const noexcept { return sent_ - done_; }
    /// Sends that the kernel has copied after all: on loopback all of them.
    [[nodiscard]] std::uint64_t copied() const noexcept { return copied_; }

private:
    std::uint64_t sent_ = 0;
    std::uint64_t done_ = 0;
    std::uint64_t copied_ = 0;
};

/// The sending half of a TCP connection. What is sent must stay as it is until finish() returns.
/// Destroyed before, it resets the connection: then the kernel will not send it any more.
class ZeroCopySender {
public:
    /// Switches SO_ZEROCOPY on. Throws boost::system::system_error if the socket has none.
    ZeroCopySender(StreamSocket& socket, asio::steady_timer::duration limit);
    ~ZeroCopySender();
    ZeroCopySender(const ZeroCopySender&) = delete;
    ZeroCopySender& operator=(const ZeroCopySender&) = delete;

    /// As send_bytes(), but returns when the kernel has taken everything, perhaps not yet sent it.
    asio::awaitable<void> send(std::span<const std::byte> head, std::span<const std::byte> body);

    /// Waits until the kernel is done with all that was sent. Throws as send() does.
    asio::awaitable<void> finish();

    [[nodiscard]] const Completions& completions() const noexcept { return completions_; }

private:
    using Pieces = std::array<asio::const_buffer, 2>;

    asio::awaitable<std::size_t> send_some(Pieces pieces);
    /// Reads the error queue empty; returns whether something was done.
    bool read_completions();
    asio::awaitable<void> wait_for_completions();

    StreamSocket& socket_;
    Patience patience_;
    Completions completions_;
};

}  // namespace cookbook::large_arrays
