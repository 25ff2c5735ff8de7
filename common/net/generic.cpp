#include "common/net/generic.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace cookbook {
namespace {

template <typename Endpoint>
Endpoint specific(const asio::generic::stream_protocol::endpoint& generic) {
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

template <typename SpecificAddress>
asio::awaitable<StreamSocket> connect_to(SpecificAddress address) {
    co_return StreamSocket(co_await connect(std::move(address)));
}

}  // namespace

StreamAcceptor listen(const asio::any_io_executor& executor, const Address& address) {
    return std::visit(
        [&](const auto& specific) { return StreamAcceptor(listen(executor, specific)); }, address);
}

Address local_address(const StreamAcceptor& acceptor) {
    const auto generic = acceptor.local_endpoint();
    if (generic.protocol().family() == AF_UNIX) {
        return address_of(specific<asio::local::stream_protocol::endpoint>(generic));
    }
    return address_of(specific<tcp::endpoint>(generic));
}

asio::awaitable<StreamSocket> connect(Address address) {
    return std::visit([](auto& specific) { return connect_to(std::move(specific)); }, address);
}

}  // namespace cookbook
