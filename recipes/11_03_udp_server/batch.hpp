// Datagrams in batches: many by one system call. With each comes what a plain receive does not say:
// which address it was sent to, whether it was cut, and how many were dropped before it.
#pragma once

#include <sys/socket.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ancillary.hpp"
#include "common/async/asio.hpp"
#include "socket.hpp"

namespace cookbook::udp_server {

/// Where a datagram came from and which of our addresses it was sent to, and so the way of a reply.
struct Route {
    udp::endpoint peer;
    asio::ip::address local = {};  // the unspecified address: the kernel chooses

    bool operator==(const Route&) const = default;
};

struct Datagram {
    std::string_view data;  // valid until the next receive()
    bool cut = false;       // it was longer, and `data` is its beginning
    bool unicast = true;    // it was sent to one of our addresses, not to a broadcast or group one
    Route route = {};
};

/// Receives datagrams. One batch may be used by one thread at a time; a socket may have several.
class ReceiveBatch {
public:
    /// Room for `max_datagrams` of up to `max_size` bytes; longer ones are cut.
    ReceiveBatch(std::size_t max_datagrams, std::size_t max_size);

    /// Receives what has come, but no more than `max`. If nothing has, waits for the first
    /// datagram, unless the socket is non-blocking. Returns nothing if nothing has come, and after
    /// a shutdown(SHUT_RD), which wakes those who wait. Throws system_error.
    std::span<const Datagram> receive(udp::socket& socket, std::size_t max = SIZE_MAX);

    /// How many datagrams the socket has had no room for, as far as the kernel has told: it tells
    /// with the next one that had.
    [[nodiscard]] std::uint32_t dropped() const noexcept { return dropped_; }

private:
    void prepare(std::size_t index);
    void read(std::size_t index);

    std::size_t max_size_;
    std::vector<char> bytes_;
    std::vector<iovec> buffers_;
    std::vector<udp::endpoint> peers_;
    std::vector<Ancillary> ancillary_;
    std::vector<mmsghdr> messages_;
    std::size_t used_;  // messages to be prepared again
    std::vector<Datagram> datagrams_;
    std::uint32_t dropped_ = 0;
};

/// Collects replies and sends them. Replies of the same size that follow each other to the same
/// peer become one message, which the kernel, or the network card, takes apart again (udp(7),
/// UDP_SEGMENT).
class SendBatch {
public:
    explicit SendBatch(std::size_t max_datagrams);

    /// Adds a datagram, one of at most max_datagrams. `data` must live until send() has returned.
    void add(const Route& route, std::string_view data);

    /// Sends them all, in order. What cannot be sent is skipped: the error is that one's alone.
    /// Returns how many were skipped. On a non-blocking socket, one without room in the send buffer
    /// is among them.
    std::size_t send(udp::socket& socket);

private:
    [[nodiscard]] bool joins_last(const Route& route, std::string_view data) const;
    void begin_message(const Route& route);

    std::vector<iovec> parts_;
    std::vector<Route> routes_;
    std::vector<Ancillary> ancillary_;
    std::vector<mmsghdr> messages_;
    std::size_t part_count_ = 0;
    std::size_t message_count_ = 0;
};

}  // namespace cookbook::udp_server
