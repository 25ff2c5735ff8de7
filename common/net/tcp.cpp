#include "common/net/tcp.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <system_error>
#include <utility>

#include "common/async/within.hpp"

namespace cookbook {
namespace {

using reuse_port = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

enum class ReusePort { no, yes };

tcp::acceptor listen_on(const asio::any_io_executor& executor, const tcp::endpoint& endpoint,
                        ReusePort shared) {
    tcp::acceptor acceptor(executor, endpoint.protocol());
    // Without this a restarted server could not have its port back for a minute, while connections
    // of its predecessor rest in TIME_WAIT (RFC 9293, 3.6.1).
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    if (shared == ReusePort::yes) {
        acceptor.set_option(reuse_port(true));
    }
    if (endpoint.address().is_v6()) {
        // "::" takes IPv4 too, whatever the machine's default is (ipv6(7), IPV6_V6ONLY).
        acceptor.set_option(asio::ip::v6_only(!endpoint.address().is_unspecified()));
    }
    acceptor.bind(endpoint);
    acceptor.listen(tcp::acceptor::max_listen_connections);  // the backlog
    return acceptor;
}

tcp::endpoint resolve_local(const asio::any_io_executor& executor, const HostPort& address) {
    tcp::resolver resolver(executor);
    return *resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive)
                .begin();
}

asio::awaitable<tcp::socket> connect_to_any(std::string host, std::uint16_t port) {
    tcp::resolver resolver(co_await this_coro::executor);
    const auto endpoints =
        co_await resolver.async_resolve(host, std::to_string(port), use_awaitable);
    tcp::socket socket(resolver.get_executor());
    co_await asio::async_connect(socket, endpoints, use_awaitable);
    socket.set_option(tcp::no_delay(true));
    co_return socket;
}

}  // namespace

tcp::acceptor listen(const asio::any_io_executor& executor, const HostPort& address) try {
    return listen_on(executor, resolve_local(executor, address), ReusePort::no);
} catch (const boost::system::system_error& failure) {
    throw std::system_error(failure.code(), "listen on " + to_string(address));
}

tcp::acceptor listen_reuse_port(tcp::acceptor& acceptor) {
    const tcp::endpoint endpoint = acceptor.local_endpoint();
    try {
        acceptor.set_option(reuse_port(true));
        return listen_on(acceptor.get_executor(), endpoint, ReusePort::yes);
    } catch (const boost::system::system_error& failure) {
        throw std::system_error(failure.code(), "listen on " + to_string(endpoint));
    }
}

asio::awaitable<tcp::socket> connect(HostPort address, asio::steady_timer::duration limit) {
    try {
        co_return co_await within(limit, connect_to_any(address.host, address.port));
    } catch (const boost::system::system_error& failure) {
        throw std::system_error(failure.code(), "connect " + to_string(address));
    }
}

}  // namespace cookbook
