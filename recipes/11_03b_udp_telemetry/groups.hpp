// Groups and broadcast addresses: which datagrams a socket gets, and how it sends to many.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>
#include <string>

#include "common/async/asio.hpp"

namespace cookbook::udp_telemetry {

using asio::ip::udp;

/// How datagrams to groups leave. `interface` is its name, or an IPv4 address of it; if it is
/// empty, the routing table decides, which knows the default route and never loopback.
struct GroupRoute {
    std::string interface = {};
    int ttl = 1;       // routers that may pass it on, and one more: 1 stays in this network
    bool loop = true;  // this machine's own members get it too
};

/// The address of a group (multicast). Throws std::invalid_argument for another one.
asio::ip::address to_group(const std::string& text);

/// An address; of an IPv6 one without a scope (ff02::1%eth0), that on the interface, if it has a
/// name. Throws std::invalid_argument.
asio::ip::address to_address(const std::string& text, const std::string& interface = {});

/// "ADDRESS:PORT", "[ADDRESS]:PORT" for IPv6. Throws std::invalid_argument.
udp::endpoint to_endpoint(const std::string& text);

/// Whether a server on `host` can join `group`: it must be bound to the wildcard address, "::" or,
/// for IPv4 groups, "0.0.0.0". Bound to another one it would be a member that never gets a thing.
bool can_join(const std::string& host, const asio::ip::address& group);

/// Whether a server on `host` can send to `address`, as far as it can be known: not from IPv4 to
/// IPv6, and to IPv4 only from "::" of the IPv6 addresses. What a name stands for is not known yet.
bool can_send(const std::string& host, const asio::ip::address& address);

/// Has the kernel pass on to the socket what is sent to the group and comes in by the interface.
/// Other groups, which other sockets have joined, stay out. IPv6 groups need an interface's name,
/// unless the routing table has one. Throws std::system_error, "join GROUP: reason".
void join(udp::socket& socket, const asio::ip::address& group, const std::string& interface);

/// Keeps groups out that the socket has not joined. If only one program of the machine joins a
/// group, all sockets on the wildcard address get its datagrams: such is the default.
void take_joined_groups_only(udp::socket& socket);

/// Has all that the socket sends to groups take this route, and lets it send to broadcast
/// addresses. Throws std::system_error, "interface NAME: reason".
void set_route(udp::socket& socket, const GroupRoute& route);

/// The same endpoint as a socket of this protocol has it: of an IPv4 one on an IPv6 socket,
/// ::ffff:a.b.c.d.
udp::endpoint to_protocol(const udp::endpoint& endpoint, const udp& protocol);

}  // namespace cookbook::udp_telemetry
