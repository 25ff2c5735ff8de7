#include "socket.hpp"

#include <netinet/in.h>
#include <spdlog/spdlog.h>

#include <boost/asio/ip/v6_only.hpp>
#include <string>
#include <system_error>

namespace cookbook::udp_server {
namespace {

template <int Level, int Name>
using On = asio::detail::socket_option::boolean<Level, Name>;

/// A small datagram takes 768 bytes of the buffer or more, so the default of 212,992 bytes holds
/// some 256 of them: at 500,000 a second, half a millisecond.
void set_receive_buffer(udp::socket& socket, std::optional<int> size) {
    constexpr int several_thousand_datagrams = 4 << 20;
    socket.set_option(udp::socket::receive_buffer_size(size.value_or(several_thousand_datagrams)));
    udp::socket::receive_buffer_size granted;
    socket.get_option(granted);
    if (size && granted.value() < *size) {
        spdlog::warn("the receive buffer has {} bytes, not {}: see net.core.rmem_max",
                     granted.value(), *size);
    }
}

}  // namespace

void report_details(udp::socket& socket) {
    socket.set_option(On<SOL_SOCKET, SO_RXQ_OVFL>(true));
    // On an IPv6 socket too: "::" takes IPv4.
    socket.set_option(On<IPPROTO_IP, IP_PKTINFO>(true));
    if (socket.local_endpoint().protocol() == udp::v6()) {
        socket.set_option(On<IPPROTO_IPV6, IPV6_RECVPKTINFO>(true));
    }
}

udp::socket open_socket(const asio::any_io_executor& executor, const HostPort& address,
                        std::optional<int> receive_buffer) try {
    udp::resolver resolver(executor);
    const udp::endpoint endpoint =
        *resolver.resolve(address.host, std::to_string(address.port), udp::resolver::passive)
             .begin();
    udp::socket socket(executor, endpoint.protocol());
    // Before bind(): the first datagram may come right after it. No SO_REUSEADDR here: with it a
    // second server could have the same port, and this one's datagrams.
    report_details(socket);
    set_receive_buffer(socket, receive_buffer);
    if (endpoint.address().is_v6()) {
        // "::" takes IPv4 too, whatever the machine's default is (ipv6(7), IPV6_V6ONLY).
        socket.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()));
    }
    socket.bind(endpoint);
    return socket;
} catch (const boost::system::system_error& failure) {
    throw std::system_error(failure.code(), "listen on " + to_string(address));
}

}  // namespace cookbook::udp_server
