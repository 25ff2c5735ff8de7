// Loopback helpers: what they carry, and what they say when something else came.

#include "support/loopback.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

#include "support/async_case.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;

}  // namespace

BOOST_AUTO_TEST_SUITE(support_loopback)

ASYNC_TEST_CASE(connects_over_both_families) {
    const auto executor = co_await this_coro::executor;
    for (const auto listen_here : {listen_v4, listen_v6}) {
        tcp::acceptor acceptor = listen_here(executor);
        tcp::socket client = co_await connect_to(acceptor.local_endpoint());
        tcp::socket server = co_await acceptor.async_accept(use_awaitable);
        co_await send_all(client, "hello");
        client.shutdown(tcp::socket::shutdown_send);
        co_await expect(server, "hello", "bytes arrive");
        co_await expect_eof(server, "the client has shut down its side");
    }
}

ASYNC_TEST_CASE(receives_to_the_end) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    co_await send_all(near, "abc");
    near.close();
    const Received received = co_await receive_to_end(far);
    BOOST_TEST(received.data == "abc");
    BOOST_TEST(received.error == asio::error::eof);
}

ASYNC_TEST_CASE(a_short_stream_is_an_error_for_who_wants_more) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    co_await send_all(near, "abc");
    near.close();
    std::string problem;
    try {
        co_await receive(far, 4);
    } catch (const boost::system::system_error& error) {
        problem = error.code().message();
    }
    BOOST_TEST(problem == "End of file");
}

ASYNC_TEST_CASE(a_reset_is_told_from_an_end) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    reset(near);
    co_await expect_reset(far, "the peer has reset the connection");
}

BOOST_AUTO_TEST_CASE(says_what_came_instead) {
    BOOST_TEST(testing::detail::wrong_bytes("abc", {.data = "ab", .error = asio::error::eof}) ==
               "expected 'abc', received 'ab', then End of file");
    BOOST_TEST(testing::detail::wrong_end(
                   "end of file", {.data = "x\r\n", .error = asio::error::connection_reset}) ==
               "expected end of file, received 'x\\r\\n', then Connection reset by peer");
}

BOOST_AUTO_TEST_CASE(writes_bytes_as_people_read_them) {
    BOOST_TEST(bytes({0x01, 0xff}) == "\x01\xff");
    BOOST_TEST(to_hex("\x01\xff") == "01 ff");
    BOOST_TEST(to_hex("").empty());
    BOOST_TEST(in_quotes(bytes({0, 'a', 0xff})) == "'\\x00a\\xff'");
    BOOST_TEST(in_quotes(std::string(100, 'a')).ends_with("… (100 bytes)"));
}

ASYNC_TEST_CASE(counts_open_descriptors) {
    const auto executor = co_await this_coro::executor;
    const std::size_t before = open_descriptors();
    {
        const SocketPair pair = connected_pair(executor);
        BOOST_TEST(open_descriptors() == before + 2);
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_SUITE_END()
