// common/net/tcp.hpp: listening and connecting, and the sentences that tell why not.
#include "common/net/tcp.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <system_error>

#include "support/async_case.hpp"
#include "support/loopback.hpp"
#include "support/says.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

asio::awaitable<void> listen_and_connect(std::string host) {
    const tcp::acceptor acceptor = listen(co_await this_coro::executor, {host, 0});
    const auto port = acceptor.local_endpoint().port();
    BOOST_TEST(port != 0);
    const tcp::socket client = co_await connect({host, port});
    BOOST_TEST(client.remote_endpoint() == acceptor.local_endpoint());
}

/// A bare root has no /etc/hosts.
boost::test_tools::assertion_result localhost_is_known(boost::unit_test::test_unit_id) {
    asio::io_context context;
    error_code unknown;
    tcp::resolver(context).resolve("localhost", "", unknown);
    return !unknown;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_tcp)

ASYNC_TEST_CASE(connects_to_what_listens_over_ipv4_and_ipv6) {
    for (const char* host : {"127.0.0.1", "::1"}) {
        co_await listen_and_connect(host);
    }
}

ASYNC_TEST_CASE(a_name_will_do_for_an_address,
                *boost::unit_test::precondition(localhost_is_known)) {
    co_await listen_and_connect("localhost");
}

ASYNC_TEST_CASE(the_ipv6_wildcard_takes_ipv4_too) {
    const tcp::acceptor acceptor = listen(co_await this_coro::executor, {"::", 0});
    const auto port = acceptor.local_endpoint().port();
    co_await connect({"127.0.0.1", port});
    co_await connect({"::1", port});
}

ASYNC_TEST_CASE(several_sockets_share_a_port_when_asked_to) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor first = listen(executor, HostPort{});
    tcp::acceptor second = listen_reuse_port(first);
    BOOST_TEST(second.local_endpoint() == first.local_endpoint());
    const HostPort address{"127.0.0.1", first.local_endpoint().port()};
    BOOST_CHECK_THROW(listen(executor, address), std::system_error);

    // Which of them gets a connection is the kernel's choice, by a hash of the addresses.
    std::size_t accepted_by_second = 0;
    first.non_blocking(true);
    second.non_blocking(true);
    for (int n = 0; n < 64; ++n) {
        co_await connect(address);
        error_code none;
        tcp::socket socket(executor);
        second.accept(socket, none);
        accepted_by_second += none ? 0 : 1;
    }
    BOOST_TEST(accepted_by_second > 0U);
    BOOST_TEST(accepted_by_second < 64U);
}

ASYNC_TEST_CASE(says_what_it_could_not_listen_on) {
    const auto executor = co_await this_coro::executor;
    const tcp::acceptor taken = listen(executor, {"::1", 0});
    const HostPort address{"::1", taken.local_endpoint().port()};
    BOOST_CHECK_EXCEPTION(listen(executor, address), std::system_error,
                          says("listen on " + to_string(address) + ": Address already in use"));
    BOOST_CHECK_EXCEPTION(listen(executor, {"192.0.2.1", 0}), std::system_error,
                          says("listen on 192.0.2.1:0: Cannot assign requested address"));
}

ASYNC_TEST_CASE(says_what_it_could_not_connect_to) {
    const tcp::socket nobody = bind_v4(co_await this_coro::executor);
    const HostPort address{"127.0.0.1", nobody.local_endpoint().port()};
    BOOST_CHECK_EXCEPTION(co_await connect(address), std::system_error,
                          says("connect " + to_string(address) + ": Connection refused"));
}

BOOST_AUTO_TEST_CASE(brackets_ipv6_addresses) {
    BOOST_TEST(to_string(HostPort{"::1", 80}) == "[::1]:80");
    BOOST_TEST(to_string(HostPort{"localhost", 80}) == "localhost:80");
    BOOST_TEST(to_string(tcp::endpoint(asio::ip::make_address("2001:db8::1"), 443)) ==
               "[2001:db8::1]:443");
}

BOOST_AUTO_TEST_SUITE_END()
