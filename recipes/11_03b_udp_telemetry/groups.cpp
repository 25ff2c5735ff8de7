#include "groups.hpp"

#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <system_error>

namespace cookbook::udp_telemetry {
namespace {

/// Asio's options for groups take the socket's protocol for the group's; on a socket on "::" that
/// is not so.
template <typename Value>
void set_option(udp::socket& socket, int level, int name, const Value& value,
                const std::string& what) {
    if (::setsockopt(socket.native_handle(), level, name, &value, sizeof value) < 0) {
        throw std::system_error(errno, std::generic_category(), what);
    }
}

/// Asks for the index of an interface by its name; 0, any, if it has none.
int index_of(const std::string& interface) {
    if (interface.empty()) {
        return 0;
    }
    const unsigned index = ::if_nametoindex(interface.c_str());
    if (index == 0) {
        throw std::system_error(errno, std::generic_category(), "interface " + interface);
    }
    return static_cast<int>(index);
}

/// An IPv4 group, and an interface by one of its addresses or by its name.
ip_mreqn to_request(const asio::ip::address_v4& group, const std::string& interface) {
    ip_mreqn request{};
    request.imr_multiaddr.s_addr = htonl(group.to_uint());
    error_code no_address;
    const auto address = asio::ip::make_address_v4(interface, no_address);
    if (no_address) {
        request.imr_ifindex = index_of(interface);
    } else {
        request.imr_address.s_addr = htonl(address.to_uint());
    }
    return request;
}

ipv6_mreq to_request(const asio::ip::address_v6& group, const std::string& interface) {
    ipv6_mreq request{};
    std::ranges::copy(group.to_bytes(), request.ipv6mr_multiaddr.s6_addr);
    request.ipv6mr_interface = group.scope_id() != 0 && interface.empty()
                                   ? static_cast<unsigned>(group.scope_id())
                                   : static_cast<unsigned>(index_of(interface));
    return request;
}

bool is_v6(const udp::socket& socket) {
    return socket.local_endpoint().protocol() == udp::v6();
}

[[noreturn]] void refuse(const std::string& text, const std::string& reason) {
    throw std::invalid_argument(text + ": " + reason);
}

}  // namespace

asio::ip::address to_group(const std::string& text) {
    error_code error;
    const asio::ip::address address = asio::ip::make_address(text, error);
    if (error || !address.is_multicast()) {
        refuse(text, "not the address of a group, 224.0.0.0/4 or ff00::/8");
    }
    return address;
}

asio::ip::address to_address(const std::string& text, const std::string& interface) {
    error_code error;
    asio::ip::address address = asio::ip::make_address(text, error);
    if (error) {
        refuse(text, "not an IPv4 or IPv6 address");
    }
    if (address.is_v6() && address.to_v6().scope_id() == 0) {
        const auto scope = static_cast<asio::ip::scope_id_type>(index_of(interface));
        address = asio::ip::make_address_v6(address.to_v6().to_bytes(), scope);
    }
    return address;
}

udp::endpoint to_endpoint(const std::string& text) {
    const std::size_t colon = std::min(text.rfind(':'), text.size());
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string::npos) {
        refuse(text, "an IPv6 address needs brackets, [ADDRESS]:PORT");
    }
    const std::string port = text.substr(std::min(colon + 1, text.size()));
    std::uint16_t number = 0;
    const auto [end, port_error] = std::from_chars(port.data(), port.data() + port.size(), number);
    error_code address_error;
    const asio::ip::address address = asio::ip::make_address(host, address_error);
    if (address_error || port_error != std::errc() || end != port.data() + port.size() ||
        number == 0) {
        refuse(text, "not an address and a port, ADDRESS:PORT");
    }
    return {address, number};
}

bool can_join(const std::string& host, const asio::ip::address& group) {
    error_code error;
    const asio::ip::address bound = asio::ip::make_address(host, error);
    return !error && bound.is_unspecified() && (bound.is_v6() || group.is_v4());
}

bool can_send(const std::string& host, const asio::ip::address& address) {
    error_code is_name;
    const asio::ip::address bound = asio::ip::make_address(host, is_name);
    return is_name || bound.is_v4() == address.is_v4() || (bound.is_v6() && bound.is_unspecified());
}

void take_joined_groups_only(udp::socket& socket) {
    // [step 4] Switch off that groups come which only others have joined.
    set_option(socket, IPPROTO_IP, IP_MULTICAST_ALL, 0, "IP_MULTICAST_ALL");
    if (is_v6(socket)) {
        set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0, "IPV6_MULTICAST_ALL");
    }
    // [end]
}

void join(udp::socket& socket, const asio::ip::address& group, const std::string& interface) {
    const std::string what = "join " + group.to_string();
    // [step 4] Become a member of the group, on this interface.
    if (group.is_v4()) {
        set_option(socket, IPPROTO_IP, IP_ADD_MEMBERSHIP, to_request(group.to_v4(), interface),
                   what);
    } else {
        set_option(socket, IPPROTO_IPV6, IPV6_JOIN_GROUP, to_request(group.to_v6(), interface),
                   what);
    }
    // [end]
}

void set_route(udp::socket& socket, const GroupRoute& route) {
    const std::string what = "interface " + route.interface;
    const int loop = route.loop ? 1 : 0;
    set_option(socket, SOL_SOCKET, SO_BROADCAST, 1, "SO_BROADCAST");
    // [step 4] Set interface, TTL and loop; on an IPv6 socket for IPv4 groups, too.
    set_option(socket, IPPROTO_IP, IP_MULTICAST_TTL, route.ttl, "IP_MULTICAST_TTL");
    set_option(socket, IPPROTO_IP, IP_MULTICAST_LOOP, loop, "IP_MULTICAST_LOOP");
    const ip_mreqn outbound = to_request(asio::ip::address_v4(), route.interface);
    set_option(socket, IPPROTO_IP, IP_MULTICAST_IF, outbound, what);
    if (is_v6(socket)) {
        set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, route.ttl, "IPV6_MULTICAST_HOPS");
        set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop, "IPV6_MULTICAST_LOOP");
        if (outbound.imr_ifindex != 0) {  // what IPv6 knows interfaces by
            set_option(socket, IPPROTO_IPV6, IPV6_MULTICAST_IF, outbound.imr_ifindex, what);
        }
    }
    // [end]
}

udp::endpoint to_protocol(const udp::endpoint& endpoint, const udp& protocol) {
    if (protocol == udp::v4() || endpoint.address().is_v6()) {
        return endpoint;
    }
    const auto mapped = asio::ip::make_address_v6(asio::ip::v4_mapped, endpoint.address().to_v4());
    return {mapped, endpoint.port()};
}

}  // namespace cookbook::udp_telemetry
