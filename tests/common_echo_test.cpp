// common/net/echo.hpp: everything comes back, and the end is in order.
#include "common/net/echo.hpp"

#include <sys/ioctl.h>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

/// How much has come on the socket and was not received yet.
int unread(int descriptor) {
    int size = 0;
    ::ioctl(descriptor, FIONREAD, &size);
    return size;
}

/// An echo with a client.
struct Served {
    explicit Served(const asio::any_io_executor& executor) : Served(connected_pair(executor)) {}
    explicit Served(SocketPair pair, std::size_t max_unsent = 65'536)
        : client(std::move(pair.near)), stream(std::move(pair.far)), group(client.get_executor()) {
        group.spawn(run(max_unsent));
    }

    asio::awaitable<void> run(std::size_t max_unsent) {
        try {
            co_await echo(stream, 10s, max_unsent);
            error_code ignored;
            stream.close(ignored);
        } catch (const std::system_error& failure) {
            outcome = failure.what();
        }
    }

    tcp::socket client;
    SocketStream stream;
    std::string outcome;
    TaskGroup group;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(common_echo)

ASYNC_TEST_CASE(sends_everything_back_and_ends_when_the_client_does) {
    Served served(co_await this_coro::executor);
    co_await send_all(served.client, "hello");
    co_await expect(served.client, "hello", "what comes is sent back");
    co_await send_all(served.client, "last words");
    served.client.shutdown(tcp::socket::shutdown_send);
    co_await expect(served.client, "last words", "what is owed comes before the end");
    co_await expect_eof(served.client, "then the echo ends its half, too");
    co_await served.group.join();
    BOOST_TEST(served.outcome == "");
}

ASYNC_TEST_CASE(reads_no_faster_than_its_client) {
    Served served(co_await this_coro::executor);
    const std::string text(20'000'000, 'x');
    TaskGroup sender(co_await this_coro::executor);
    sender.spawn(send_all(served.client, text));
    co_await settle();
    BOOST_TEST(sender.size() == 1U, "20 MB were taken from a client that reads nothing");
    const std::string echo = co_await receive(served.client, text.size());
    BOOST_TEST((echo == text));
    co_await sender.join();
    served.client.close();
    co_await served.group.join();
}

ASYNC_TEST_CASE(ends_in_order_with_a_client_that_is_idle) {
    Served served(co_await this_coro::executor);
    co_await send_all(served.client, "hello");
    co_await expect(served.client, "hello", "what comes is sent back");
    co_await settle();
    co_await advance(11s);
    co_await expect_eof(served.client, "an idle client sees an end, not a reset");
    served.client.close();
    co_await served.group.join();
    BOOST_TEST(served.outcome == "");
}

ASYNC_TEST_CASE(loses_nothing_although_the_client_sends_after_the_end) {
    Served served(co_await this_coro::executor);
    co_await send_all(served.client, "hello");
    co_await settle();
    served.group.cancel(asio::cancellation_type::total);
    co_await settle();
    co_await send_all(served.client, "too late");
    co_await settle();
    co_await expect(served.client, "hello",
                    "a connection that is closed with bytes unread is reset, and its echo lost");
    co_await expect_eof(served.client, "the echo has ended its half");
    served.client.close();
    co_await served.group.join();
}

ASYNC_TEST_CASE(echoes_what_it_has_received_before_the_order) {
    const auto executor = co_await this_coro::executor;
    SocketPair pair = connected_pair(executor);
    const int descriptor = pair.far.native_handle();
    co_await send_all(pair.near, "hello");
    co_await until([&] { return unread(descriptor) == 5; }, "the text to arrive");
    Served served(std::move(pair));
    while (unread(descriptor) > 0) {
        co_await asio::post(executor, use_awaitable);
    }
    // The socket's buffer is empty, but the echo has not gone on yet.
    served.group.cancel(asio::cancellation_type::total);
    co_await expect(served.client, "hello", "what has come is echoed before the end");
    co_await expect_eof(served.client, "the echo has ended its half");
    served.client.close();
    co_await served.group.join();
}

ASYNC_TEST_CASE(echoes_what_has_come_and_was_not_received_before_the_order) {
    const auto executor = co_await this_coro::executor;
    SocketPair pair = connected_pair(executor);
    const int descriptor = pair.far.native_handle();
    Served served(std::move(pair), 1);
    co_await settle();
    // It waits for more, and has not been told yet that there is some.
    served.client.write_some(asio::buffer("hello", 5));
    while (unread(descriptor) < 5) {
    }
    served.group.cancel(asio::cancellation_type::total);
    co_await expect(served.client, "hello", "what has come is echoed before the end");
    co_await expect_eof(served.client, "the echo has ended its half");
    served.client.close();
    co_await served.group.join();
    BOOST_TEST(served.outcome == "");
}

ASYNC_TEST_CASE(is_cut_off_although_there_is_always_more_to_read) {
    const auto executor = co_await this_coro::executor;
    SocketPair pair = connected_pair(executor);
    const int descriptor = pair.far.native_handle();
    co_await send_all(pair.near, std::string(10'000, 'x'));
    Served served(std::move(pair), 1);
    while (unread(descriptor) > 9'900) {
        co_await asio::post(executor, use_awaitable);
    }
    served.group.cancel(asio::cancellation_type::total);
    while (unread(descriptor) > 9'800 && served.group.size() > 0) {
        co_await asio::post(executor, use_awaitable);
    }
    BOOST_TEST(served.group.size() == 1U, "what has come is echoed before the end");
    served.group.cancel();  // the drain is over
    const Waiting waiting("the echo to end");
    co_await served.group.join();
    BOOST_TEST(unread(served.client.native_handle()) < 1'000, "the echo went on after the drain");
}

ASYNC_TEST_CASE(ends_although_the_order_came_before_it_began) {
    const auto executor = co_await this_coro::executor;
    SocketPair pair = connected_pair(executor);
    SocketStream stream(std::move(pair.far));
    TaskGroup group(executor);
    const auto handle = [](Stream& server) -> asio::awaitable<void> {
        co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await this_coro::throw_if_cancelled(false);
        asio::steady_timer order(server.get_executor(), asio::steady_timer::time_point::max());
        co_await order.async_wait(use_nothrow);
        co_await echo(server, 60s);
    };
    group.spawn(handle(stream));
    co_await settle();
    group.cancel(asio::cancellation_type::total);
    co_await expect_eof(pair.near, "a connection that was told to end begins no echo");
    pair.near.close();
    co_await group.join();
}

ASYNC_TEST_CASE(says_how_a_client_has_gone) {
    Served served(co_await this_coro::executor);
    const std::string address = to_string(served.client.local_endpoint());
    co_await settle();
    reset(served.client);
    co_await served.group.join();
    BOOST_TEST(served.outcome == "receive from " + address + ": Connection reset by peer");
}

BOOST_AUTO_TEST_SUITE_END()
