#include "relay.hpp"

#include <array>
#include <boost/algorithm/string/replace.hpp>
#include <string>
#include <utility>

#include "common/async/task_group.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::hmac_auth {
namespace {

asio::awaitable<void> pass_on(tcp::socket& from, tcp::socket& to) {
    std::array<char, 4096> buffer;
    for (;;) {
        const auto [read_error, n] =
            co_await from.async_read_some(asio::buffer(buffer), use_nothrow);
        if (read_error) {
            break;
        }
        std::string data(buffer.data(), n);
        boost::algorithm::replace_all(data, "pay 100", "pay 900");
        co_await asio::async_write(to, asio::buffer(data), use_awaitable);
    }
    error_code gone;
    to.shutdown(tcp::socket::shutdown_send, gone);
}

}  // namespace

asio::awaitable<void> relay(tcp::acceptor acceptor, HostPort server) {
    tcp::socket client = co_await acceptor.async_accept(use_awaitable);
    tcp::socket upstream = co_await connect(std::move(server));
    TaskGroup ways(client.get_executor());
    ways.spawn(pass_on(client, upstream));
    ways.spawn(pass_on(upstream, client));
    co_await ways.join();
}

}  // namespace cookbook::hmac_auth
