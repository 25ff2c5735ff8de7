#include "common/net/endpoint.hpp"

#include <algorithm>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstring>

namespace cookbook {
namespace {

/// `generic` must be an endpoint of that protocol.
template <typename Endpoint>
Endpoint specific(const StreamEndpoint& generic) {
    Endpoint endpoint;
    std::memcpy(endpoint.data(), generic.data(), std::min(generic.size(), endpoint.capacity()));
    endpoint.resize(generic.size());  // it looks at the data: a UNIX path may end with a NUL
    return endpoint;
}

HostPort address_of(const tcp::endpoint& endpoint) {
    return {endpoint.address().to_string(), endpoint.port()};
}

UnixAddress address_of(const asio::local::stream_protocol::endpoint& endpoint) {
    std::string path = endpoint.path();
    if (path.starts_with('\0')) {
        path.front() = '@';
    }
    return {path};
}

}  // namespace

tcp::endpoint to_tcp(const StreamEndpoint& endpoint) {
    const int family = endpoint.protocol().family();
    const bool is_tcp = family == AF_INET || family == AF_INET6;
    return is_tcp ? specific<tcp::endpoint>(endpoint) : tcp::endpoint();
}

Address to_address(const StreamEndpoint& endpoint) {
    if (endpoint.protocol().family() == AF_UNIX) {
        return address_of(specific<asio::local::stream_protocol::endpoint>(endpoint));
    }
    return address_of(to_tcp(endpoint));
}

}  // namespace cookbook
