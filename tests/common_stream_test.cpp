// common/net/stream.hpp: sockets as streams.
#include "common/net/stream.hpp"

#include <array>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <utility>

#include "common/async/deadline.hpp"
#include "common/net/address.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

std::size_t write_now(Stream& stream, const std::string& text, error_code& error) {
    const asio::const_buffer buffer = asio::buffer(text);
    return stream.write_now({&buffer, 1}, error);
}

asio::awaitable<void> exchange_words(Stream& near, Stream& far) {
    const std::string ping = "ping";
    const std::array<asio::const_buffer, 2> halves = {asio::buffer(ping, 2),
                                                      asio::buffer(ping) + 2};
    error_code error;
    BOOST_TEST(near.write_now(halves, error) == 4U);
    std::string text(10, '\0');
    const auto [read_error, n] = co_await far.read_some(asio::buffer(text));
    BOOST_TEST(text.substr(0, n) == "ping");
    BOOST_TEST(write_now(far, "pong", error) == 4U);
    BOOST_TEST(!near.has_ended());
    co_await far.shut_down();
    co_await until([&] { return near.has_ended(); }, "the peer's end to be seen before it is read");
    const auto [pong_error, size] = co_await near.read_some(asio::buffer(text));
    BOOST_TEST(text.substr(0, size) == "pong");
    const auto [end, nothing] = co_await near.read_some(asio::buffer(text));
    BOOST_TEST(end == asio::error::eof, "an orderly end is an end of file to the peer");
    const auto [write_error, written] = co_await near.write(halves);
    BOOST_TEST((!write_error && written == 4U), "the other half goes on");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(common_stream)

ASYNC_TEST_CASE(carries_bytes_over_tcp) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const tcp::endpoint address = far.local_endpoint();
    SocketStream one(std::move(near));
    SocketStream two(std::move(far));
    BOOST_TEST(one.peer() == address);
    co_await exchange_words(one, two);
}

ASYNC_TEST_CASE(a_peer_that_has_reset_its_connection_has_no_address) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen_v4(executor);
    tcp::socket peer = co_await connect_to(acceptor.local_endpoint());
    reset(peer);
    SocketStream stream(co_await acceptor.async_accept(use_awaitable));
    BOOST_TEST(to_string(stream.peer()) == "an unknown address");
    std::array<char, 1> buffer{};
    const auto [error, n] = co_await stream.read_some(asio::buffer(buffer));
    BOOST_TEST(error == asio::error::connection_reset);
}

ASYNC_TEST_CASE(carries_bytes_over_a_unix_socket) {
    const auto executor = co_await this_coro::executor;
    asio::local::stream_protocol::socket near(executor);
    asio::local::stream_protocol::socket far(executor);
    asio::local::connect_pair(near, far);
    SocketStream one(std::move(near));
    SocketStream two(std::move(far));
    BOOST_TEST(one.peer() == tcp::endpoint());
    co_await exchange_words(one, two);
}

ASYNC_TEST_CASE(writes_what_the_network_takes_at_once_and_waits_for_the_rest) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    SocketStream stream(std::move(near));
    const std::string large(64 << 20, 'x');
    error_code error;
    BOOST_TEST(write_now(stream, large, error) < large.size());
    while (!error) {  // what arrives makes a little room again
        write_now(stream, large, error);
    }
    BOOST_TEST(error == asio::error::would_block);
}

ASYNC_TEST_CASE(a_deadline_may_cancel_and_leave_the_stream_open) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    SocketStream stream(std::move(near));
    Deadline deadline(stream, Deadline::Effect::cancel);
    deadline.expires_after(5s);
    move_clock(6s);
    std::string text(10, '\0');
    const auto [read_error, n] = co_await stream.read_some(asio::buffer(text));
    BOOST_TEST(deadline.reason(read_error) == asio::error::timed_out);
    error_code error;
    write_now(stream, "too late", error);
    co_await expect(far, "too late", "after its deadline a stream can still send a last word");
}

ASYNC_TEST_CASE(a_deadline_closes_the_stream_otherwise) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    SocketStream stream(std::move(near));
    Deadline deadline(stream);
    deadline.expires_after(5s);
    move_clock(6s);
    std::string text(10, '\0');
    const auto [read_error, n] = co_await stream.read_some(asio::buffer(text));
    BOOST_TEST(deadline.reason(read_error) == asio::error::timed_out);
    BOOST_TEST(deadline.reason(asio::error::eof) == asio::error::eof);
    co_await expect_eof(far, "a stream whose deadline has passed is closed");
}

BOOST_AUTO_TEST_SUITE_END()
