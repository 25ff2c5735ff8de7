// common/net/serve.hpp: the accept loop, its limits, its patience and its end.
#include "common/net/serve.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/tcp.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/log.hpp"
#include "support/loopback.hpp"
#include "support/running_server.hpp"
#include "support/says.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

/// Sends every byte back.
asio::awaitable<void> echo_bytes(tcp::socket socket) {
    char byte = 0;
    for (;;) {
        const auto [read_error, n] =
            co_await socket.async_read_some(asio::buffer(&byte, 1), use_nothrow);
        if (read_error) {
            co_return;
        }
        co_await asio::async_write(socket, asio::buffer(&byte, n), use_awaitable);
    }
}

asio::awaitable<void> fail_at_once(tcp::socket) {
    throw std::runtime_error("this connection failed");
    co_return;
}

asio::awaitable<void> fail_before_the_first_wait(tcp::socket) {
    throw std::runtime_error("this handler is no coroutine yet");
}

asio::awaitable<void> expect_echo(tcp::socket& socket) {
    co_await send_all(socket, "x");
    co_await expect(socket, "x", "an accepted connection is served");
}

asio::awaitable<void> wait_unless(const bool& is_open, asio::steady_timer& opened) {
    if (!is_open) {
        co_await opened.async_wait(use_nothrow);
    }
}

/// A RunningServer that echoes.
class Server : public RunningServer {
public:
    Server(const asio::any_io_executor& executor, Limits limits)
        : RunningServer(executor, {}, [&](tcp::acceptor acceptor) {
              return serve(std::move(acceptor), limits, echo_bytes);
          }) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(common_serve)

ASYNC_TEST_CASE(serves_many_connections_at_once) {
    Server server(co_await this_coro::executor, Limits{});
    std::vector<tcp::socket> clients;
    for (int client = 0; client < 50; ++client) {
        clients.push_back(co_await server.connect());
    }
    for (tcp::socket& client : clients) {
        co_await expect_echo(client);
    }
    clients.clear();
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(stops_at_once_when_nobody_is_connected) {
    Server server(co_await this_coro::executor, Limits{.drain_timeout = 24h});
    co_await settle();
    server.stop();
    co_await server.join();
    error_code refused;
    tcp::socket late(co_await this_coro::executor);
    late.connect(server.endpoint(), refused);
    BOOST_TEST(refused == asio::error::connection_refused);
}

ASYNC_TEST_CASE(stops_even_when_the_order_comes_before_its_first_wait) {
    Server server(co_await this_coro::executor, Limits{});
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(lets_connections_finish_after_it_was_told_to_stop) {
    Server server(co_await this_coro::executor, Limits{.drain_timeout = 60s});
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client);
    server.stop();
    co_await advance(30s);
    co_await expect_echo(client);
    BOOST_TEST(!server.stopped());
    client.close();
    co_await server.join();
}

ASYNC_TEST_CASE(cuts_off_connections_that_outlast_the_drain) {
    Server server(co_await this_coro::executor, Limits{.drain_timeout = 60min});
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client);
    server.stop();
    co_await settle();
    co_await advance(59min);
    BOOST_TEST(!server.stopped(), "the drain ended early");
    co_await advance(2min);
    co_await server.join();
    co_await expect_eof(client, "a connection that outlasts the drain is cut off");
}

ASYNC_TEST_CASE(makes_the_connections_above_the_limit_wait) {
    Server server(co_await this_coro::executor, Limits{.max_connections = 2});
    tcp::socket first = co_await server.connect();
    tcp::socket second = co_await server.connect();
    tcp::socket third = co_await server.connect();
    co_await expect_echo(first);
    co_await expect_echo(second);
    co_await send_all(third, "x");
    co_await settle();
    BOOST_TEST(third.available() == 0U, "a connection above the limit was served");
    first.close();
    co_await expect(third, "x", "a connection that waited is served when a place is free");
    second.close();
    third.close();
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(stops_while_it_waits_for_a_place) {
    Server server(co_await this_coro::executor, Limits{.max_connections = 1, .drain_timeout = 60s});
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client);
    server.stop();
    co_await settle();
    client.close();
    co_await server.join();
}

ASYNC_TEST_CASE(one_failing_connection_is_not_the_server_s_failure) {
    for (const auto handler : {fail_at_once, fail_before_the_first_wait}) {
        TaskGroup group(co_await this_coro::executor);
        tcp::acceptor acceptor = listen(co_await this_coro::executor, HostPort{});
        const tcp::endpoint endpoint = acceptor.local_endpoint();
        group.spawn(serve(std::move(acceptor), Limits{}, handler));
        for (int client = 0; client < 3; ++client) {
            tcp::socket socket = co_await connect_to(endpoint);
            co_await expect_eof(socket, "a connection whose handler fails is closed");
        }
        BOOST_TEST(group.size() == 1U, "a connection's failure ended the server");
        group.cancel();
        co_await group.join();
    }
}

ASYNC_TEST_CASE(pauses_when_descriptors_run_out_and_goes_on) {
    Server server(co_await this_coro::executor, Limits{});
    co_await settle();
    const auto on_acceptor = Where::local_port(server.endpoint().port());
    const CountCalls calls(on_acceptor);
    FailCalls no_descriptors(Call::accept, EMFILE, 3, on_acceptor);
    const auto begin = std::chrono::steady_clock::now();
    tcp::socket client = co_await server.connect();
    for (int pause = 0; pause < 3; ++pause) {
        co_await settle();
        const int struck = no_descriptors.struck();
        const auto elapsed = std::chrono::steady_clock::now() - begin;
        BOOST_TEST(struck > pause, "it does not accept again after a pause");
        BOOST_TEST(struck <= 1 + elapsed / 100ms, "it accepts again before the pause is over");
        co_await advance(110ms);
    }
    co_await expect_echo(client);
    BOOST_TEST(calls[Call::accept] < 10U, "accept was called again and again: the loop spins");
    client.close();
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(stops_while_it_pauses) {
    Server server(co_await this_coro::executor, Limits{});
    co_await settle();
    const FailCalls no_descriptors(Call::accept, EMFILE, FailCalls::always,
                                   Where::local_port(server.endpoint().port()));
    tcp::socket client = co_await server.connect();
    co_await settle();
    BOOST_TEST(no_descriptors.struck() > 0);
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(survives_a_peer_that_left_before_it_was_accepted) {
    Server server(co_await this_coro::executor, Limits{});
    co_await settle();
    const FailCalls aborted(Call::accept, EHOSTUNREACH, 1,
                            Where::local_port(server.endpoint().port()));
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client);
    BOOST_TEST(aborted.struck() == 1);
    client.close();
    server.stop();
    co_await server.join();
}

ASYNC_TEST_CASE(throws_when_the_acceptor_is_broken) {
    Server server(co_await this_coro::executor, Limits{});
    co_await settle();
    const FailCalls broken(Call::accept, EINVAL, 1, Where::local_port(server.endpoint().port()));
    const tcp::socket client = co_await server.connect();
    BOOST_CHECK_EXCEPTION(co_await server.join(), std::system_error,
                          says("accept: Invalid argument"));
}

ASYNC_TEST_CASE(drains_when_the_acceptor_breaks) {
    Server server(co_await this_coro::executor, Limits{.drain_timeout = 60min});
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client);
    co_await settle();
    const FailCalls broken(Call::accept, EINVAL, 1, Where::local_port(server.endpoint().port()));
    tcp::socket late(co_await this_coro::executor);
    late.connect(server.endpoint());
    co_await settle();
    BOOST_TEST_REQUIRE(broken.struck() == 1);
    BOOST_TEST_REQUIRE(!server.stopped(), "it has left a connection behind");
    co_await expect_echo(client);
    co_await advance(61min);
    BOOST_CHECK_EXCEPTION(co_await server.join(), std::system_error,
                          says("accept: Invalid argument"));
    co_await expect_eof(client, "a connection that outlasts the drain is cut off");
}

ASYNC_TEST_CASE(a_connection_that_is_cut_off_has_not_failed) {
    const auto fail_when_cut_off = [](tcp::socket socket) -> asio::awaitable<void> {
        co_await this_coro::throw_if_cancelled(false);
        char byte = 0;
        const auto [read_error, n] =
            co_await socket.async_read_some(asio::buffer(&byte, 1), use_nothrow);
        throw std::system_error(read_error, "receive from somebody");
    };
    RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return serve(std::move(acceptor), Limits{.drain_timeout = 1s}, fail_when_cut_off);
    });
    const tcp::socket client = co_await server.connect();
    tcp::socket other = co_await server.connect();
    co_await settle();
    const Log log;
    other.close();
    co_await settle();
    server.stop();
    co_await advance(2s);
    co_await server.join();
    BOOST_TEST(log.text() == "warning: connection failed: receive from somebody: End of file\n");
}

ASYNC_TEST_CASE(leaks_no_descriptor) {
    co_await settle();  // the event loop has opened its own
    const auto before = open_descriptors();
    {
        Server server(co_await this_coro::executor, Limits{.drain_timeout = 1s});
        std::vector<tcp::socket> clients;
        for (int client = 0; client < 10; ++client) {
            clients.push_back(co_await server.connect());
            co_await expect_echo(clients.back());
        }
        server.stop();
        co_await settle();
        co_await advance(2s);
        co_await server.join();
    }
    BOOST_TEST(open_descriptors() == before);
}

ASYNC_TEST_CASE(lets_a_connection_say_a_last_word) {
    const auto say_goodbye = [](tcp::socket socket) -> asio::awaitable<void> {
        co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
        co_await this_coro::throw_if_cancelled(false);
        char byte = 0;
        const auto [read_error, n] =
            co_await socket.async_read_some(asio::buffer(&byte, 1), use_nothrow);
        BOOST_TEST(read_error == asio::error::operation_aborted);
        co_await asio::async_write(socket, asio::buffer("goodbye", 7), use_awaitable);
    };
    RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return serve(std::move(acceptor), Limits{.drain_timeout = 24h}, say_goodbye);
    });
    tcp::socket client = co_await server.connect();
    co_await settle();
    co_await server.end();
    co_await expect(client, "goodbye", "a connection hears of the end, and can still send");
    co_await expect_eof(client, "then it is over");
}

ASYNC_TEST_CASE(accepts_only_while_the_gate_is_open) {
    asio::steady_timer opened(co_await this_coro::executor, asio::steady_timer::time_point::max());
    bool is_open = false;
    RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return serve(std::move(acceptor), Limits{}, echo_bytes,
                     [&] { return wait_unless(is_open, opened); });
    });
    tcp::socket client = co_await server.connect();
    co_await send_all(client, "x");
    co_await settle();
    BOOST_TEST(client.available() == 0U, "a connection was accepted though the gate is shut");
    is_open = true;
    opened.cancel();
    co_await expect(client, "x", "a connection that waited is served when the gate opens");
    is_open = false;
    client.close();
    co_await settle();
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
