// common/net/generic.hpp: the same calls over TCP and UNIX sockets.
#include "common/cli/temporary_folder.hpp"
#include "common/net/generic.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <system_error>

#include "support/async_case.hpp"
#include "support/loopback.hpp"
#include "support/says.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

asio::awaitable<void> talk_over(Address address) {
    StreamAcceptor acceptor = listen(co_await this_coro::executor, address);
    const Address bound = local_address(acceptor);
    StreamSocket client = co_await connect(bound);
    StreamSocket server = co_await acceptor.async_accept(use_awaitable);
    co_await asio::async_write(client, asio::buffer("hello", 5), use_awaitable);
    std::string received(5, ' ');
    co_await asio::async_read(server, asio::buffer(received), use_awaitable);
    BOOST_TEST(received == "hello", "nothing came over " << to_string(bound));
    if (std::holds_alternative<UnixAddress>(address)) {
        BOOST_TEST(to_string(bound) == to_string(address));
    } else {
        BOOST_TEST(std::get<HostPort>(bound).host == std::get<HostPort>(address).host);
        BOOST_TEST(std::get<HostPort>(bound).port != 0);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_generic)

ASYNC_TEST_CASE(listens_and_connects_over_either) {
    const TemporaryFolder folder;
    const std::string path = folder.file("socket");
    co_await talk_over(HostPort{});
    co_await talk_over(HostPort{.host = "::1"});
    co_await talk_over(UnixAddress{path});
    co_await talk_over(UnixAddress{"@" + path});
}

ASYNC_TEST_CASE(says_what_failed_over_either) {
    const auto executor = co_await this_coro::executor;
    const Address nowhere = UnixAddress{"/nonexistent/socket"};
    BOOST_CHECK_EXCEPTION(listen(executor, nowhere), std::system_error,
                          says("listen on unix:/nonexistent/socket: No such file or directory"));
    BOOST_CHECK_EXCEPTION(co_await connect(nowhere), std::system_error,
                          says("connect unix:/nonexistent/socket: No such file or directory"));
    const StreamAcceptor acceptor = listen(executor, Address(HostPort{}));
    const Address taken = local_address(acceptor);
    BOOST_CHECK_EXCEPTION(listen(executor, taken), std::system_error,
                          says("listen on " + to_string(taken) + ": Address already in use"));
    const tcp::socket nobody = bind_v4(executor);
    const Address refusing = HostPort{"127.0.0.1", nobody.local_endpoint().port()};
    BOOST_CHECK_EXCEPTION(co_await connect(refusing), std::system_error,
                          says("connect " + to_string(refusing) + ": Connection refused"));
}

BOOST_AUTO_TEST_SUITE_END()
