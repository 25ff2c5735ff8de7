// A transfer's own socket, and the one peer that it listens to.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "11_03_udp_server/batch.hpp"
#include "common/async/asio.hpp"
#include "common/async/deadline.hpp"
#include "tftp.hpp"
#include "window.hpp"

namespace cookbook::file_transfer {

using asio::ip::udp;

/// More blocks in flight than this do not fit into one batch, and more bytes not into the receive
/// buffer that Linux allows without further settings: 416 KiB, with what each packet costs beside.
constexpr std::size_t max_window = 64;
constexpr std::size_t max_bytes_in_flight = std::size_t{256} << 10U;

/// The window that this end takes part in, of the one that was asked for.
std::uint16_t granted_window(std::uint64_t asked, std::size_t block_size);

/// Memory for all the transfers of a thread: none of them keeps anything there while it waits.
struct Buffers {
    /// A byte more than any packet has, so that a larger one is seen to be.
    udp_server::ReceiveBatch received{max_window, header_size + max_block_size + 1};
    udp_server::SendBatch outgoing{max_window};
    std::vector<char> blocks;
};

/// Datagrams to and from one peer.
class Channel {
public:
    /// `socket` is bound, not connected: what others send must be seen to be answered.
    Channel(udp::socket socket, udp::endpoint peer, Buffers& buffers);

    /// Waits until something has come, or until `time`. Returns what the peer has sent; whoever
    /// else has sent something gets ERROR 5 (RFC 1350, 4). Valid until any transfer receives, so
    /// use it before the next wait. Throws system_error.
    asio::awaitable<std::span<const std::string_view>> receive_until(TimePoint time);

    /// A datagram that cannot be sent is lost, as it may be later.
    void send(std::string_view packet);
    /// As many datagrams of max_window, by one system call if sizes allow.
    void send_all(std::span<const std::string_view> packets);

    [[nodiscard]] const udp::endpoint& peer() const { return peer_; }
    [[nodiscard]] Buffers& buffers() { return buffers_; }
    [[nodiscard]] asio::any_io_executor get_executor() { return socket_.get_executor(); }

private:
    void take_datagrams();

    udp::socket socket_;
    udp::endpoint peer_;
    Buffers& buffers_;
    Deadline deadline_{socket_, Deadline::Effect::cancel};
    std::vector<std::string_view> packets_;
};

/// The ERROR for who sends a packet to a transfer that is not theirs; nothing if that is an ERROR,
/// or no TFTP.
void refuse_stranger(udp::socket& socket, const udp::endpoint& stranger, std::string_view packet);

}  // namespace cookbook::file_transfer
