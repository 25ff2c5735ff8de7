// Addresses as users write them.
#pragma once

#include <boost/asio/ip/basic_endpoint.hpp>
#include <cstdint>
#include <string>
#include <variant>

#include "common/async/asio.hpp"

namespace cookbook {

/// A host and a port, of TCP or UDP, as on the command line.
struct HostPort {
    std::string host = "127.0.0.1";  // a name, or an IPv4 or IPv6 address without brackets
    std::uint16_t port = 0;          // 0: any free port, for a server
};

/// A UNIX socket (unix(7)): a path of at most 107 bytes; or "@name" in Linux's abstract namespace,
/// which has no file and vanishes with its socket.
struct UnixAddress {
    std::string path;
};

/// Either, for programs that do not care over which they talk.
using Address = std::variant<HostPort, UnixAddress>;

/// "127.0.0.1:20000", "[::1]:20000"; of an endpoint without a port, which a Stream has for a peer
/// that had left before it was accepted, "an unknown address".
std::string to_string(const HostPort& address);
template <typename Protocol>
std::string to_string(const asio::ip::basic_endpoint<Protocol>& endpoint) {
    return endpoint.port() == 0
               ? "an unknown address"
               : to_string(HostPort{endpoint.address().to_string(), endpoint.port()});
}
/// "unix:/run/x", "unix:@name".
std::string to_string(const UnixAddress& address);
std::string to_string(const Address& address);

}  // namespace cookbook
