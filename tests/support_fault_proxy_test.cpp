// Every fault as both ends see it, and a fault table that finds what it is there to find.

#include "support/fault_proxy.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <boost/asio/local/stream_protocol.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "common/async/within.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;

// A client and a server with the proxy between them.
struct Ends {
    FaultProxy proxy;
    tcp::socket client;
    tcp::socket server;
};

asio::awaitable<Ends> connect_through(FaultPlan plan) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen_v4(executor);
    FaultProxy proxy(executor, acceptor.local_endpoint(), plan);
    tcp::socket client = co_await connect_to(proxy.endpoint());
    tcp::socket server = co_await acceptor.async_accept(use_awaitable);
    co_return Ends{std::move(proxy), std::move(client), std::move(server)};
}

// Reads as a server that takes what comes would: returns the size of each piece.
asio::awaitable<std::vector<std::size_t>> pieces_of(tcp::socket& socket, std::size_t size) {
    std::vector<std::size_t> pieces;
    std::string buffer(size, '\0');
    for (std::size_t received = 0; received < size; received += pieces.back()) {
        pieces.push_back(co_await socket.async_read_some(asio::buffer(buffer), use_awaitable));
    }
    co_return pieces;
}

bool has_data(tcp::socket& socket) {
    return socket.available() != 0;
}

// An echo server with its usual flaws to choose from.
enum class Flaw { none, ends_after_a_reset, keeps_sockets };

asio::awaitable<void> echo(tcp::socket socket, Flaw flaw, std::vector<tcp::socket>& kept) {
    std::string buffer(1024, '\0');
    for (;;) {
        const auto [read_error, n] =
            co_await socket.async_read_some(asio::buffer(buffer), use_nothrow);
        if (read_error && flaw == Flaw::ends_after_a_reset && read_error != asio::error::eof) {
            throw boost::system::system_error(read_error);
        }
        if (read_error) {
            break;
        }
        const auto [write_error, sent] =
            co_await asio::async_write(socket, asio::buffer(buffer, n), use_nothrow);
        if (write_error) {
            break;
        }
    }
    if (flaw == Flaw::keeps_sockets) {
        kept.push_back(std::move(socket));
    }
}

asio::awaitable<void> echo_server(tcp::acceptor& acceptor, Flaw flaw) {
    std::vector<tcp::socket> kept;
    for (;;) {
        auto [accept_error, socket] = co_await acceptor.async_accept(use_nothrow);
        if (accept_error) {
            co_return;
        }
        try {
            co_await echo(std::move(socket), flaw, kept);
        } catch (const boost::system::system_error&) {
            acceptor.close();
        }
    }
}

asio::awaitable<std::string> ask(tcp::endpoint server) {
    tcp::socket socket = co_await connect_to(server);
    co_await send_all(socket, "hello");
    co_return co_await receive(socket, 5);
}

asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
    co_return co_await within(limit, ask(server)) == "hello";
}

asio::awaitable<bool> exchange_without_limit(tcp::endpoint server, std::chrono::milliseconds) {
    co_return co_await ask(server) == "hello";
}

asio::awaitable<bool> exchange_that_trusts(tcp::endpoint server, std::chrono::milliseconds limit) {
    tcp::socket socket = co_await connect_to(server);
    co_await send_all(socket, "hello");
    const Received received = co_await within(limit, receive_up_to(socket, 5));
    co_return received.data == "hello" || received.error != asio::error::eof;
}

constexpr FaultTable table = {.request_size = 5, .reply_size = 5};

// For clients and servers that only the limit stops.
constexpr FaultTable short_table = {.request_size = 2, .reply_size = 2, .limit = 300ms};

asio::awaitable<std::vector<std::string>> failures_with(FaultTable limits, Flaw flaw,
                                                        Exchange client) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen_v4(executor);
    const auto server = acceptor.local_endpoint();
    asio::co_spawn(executor, echo_server(acceptor, flaw), [](std::exception_ptr) {});
    std::vector<std::string> failures = co_await fault_failures(server, limits, std::move(client));
    acceptor.close();
    co_await settle();
    co_return failures;
}

bool mentions(const std::vector<std::string>& sentences, const std::string& text) {
    return std::ranges::any_of(sentences, [&](const std::string& sentence) {
        return sentence.find(text) != std::string::npos;
    });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(support_fault_proxy)

ASYNC_TEST_CASE(passes_both_ways_and_passes_the_ends_on) {
    Ends ends = co_await connect_through({});
    co_await send_all(ends.client, "question");
    co_await expect(ends.server, "question", "to the server");
    ends.client.shutdown(tcp::socket::shutdown_send);
    co_await expect_eof(ends.server, "the client has shut down its side");
    co_await send_all(ends.server, "result");
    ends.server.close();
    co_await expect(ends.client, "result", "to the client");
    co_await expect_eof(ends.client, "the server has closed");
    BOOST_TEST(ends.proxy.forwarded(Direction::to_server) == 8U);
    BOOST_TEST(ends.proxy.forwarded(Direction::to_client) == 6U);
}

ASYNC_TEST_CASE(passes_a_reset_on) {
    Ends ends = co_await connect_through({});
    reset(ends.client);
    co_await expect_reset(ends.server, "the client has reset the connection");
    co_await settle();
    BOOST_TEST(ends.proxy.open() == 0U);
}

ASYNC_TEST_CASE(one_byte_segments_arrive_byte_by_byte) {
    for (const Direction direction : {Direction::to_server, Direction::to_client}) {
        Ends ends =
            co_await connect_through({.fault = Fault::one_byte_segments, .direction = direction});
        tcp::socket& sender = direction == Direction::to_server ? ends.client : ends.server;
        tcp::socket& receiver = direction == Direction::to_server ? ends.server : ends.client;
        co_await send_all(sender, "hello, world");
        BOOST_TEST(co_await pieces_of(receiver, 12) == std::vector<std::size_t>(12, 1),
                   boost::test_tools::per_element());
        co_await send_all(receiver, "hello, world");
        BOOST_TEST(co_await pieces_of(sender, 12) == std::vector<std::size_t>(1, 12),
                   boost::test_tools::per_element());
    }
}

ASYNC_TEST_CASE(delay_holds_each_piece_back) {
    Ends ends = co_await connect_through({.fault = Fault::delay, .delay = 60min});
    co_await send_all(ends.client, "hello");
    co_await settle();
    BOOST_TEST(!has_data(ends.server));
    co_await advance(60min);
    co_await expect(ends.server, "hello", "the delay has passed");
    co_await send_all(ends.server, "hello");
    co_await expect(ends.client, "hello", "the other way is not delayed");
}

ASYNC_TEST_CASE(stall_forwards_so_much_and_keeps_the_connection) {
    Ends ends = co_await connect_through({.fault = Fault::stall, .after = 3});
    co_await send_all(ends.client, "hello");
    co_await expect(ends.server, "hel", "three bytes go through");
    co_await settle();
    BOOST_TEST(!has_data(ends.server));
    co_await send_all(ends.server, "back");
    co_await expect(ends.client, "back", "the other way passes");
    BOOST_TEST(ends.proxy.open() == 1U);
}

ASYNC_TEST_CASE(reset_strikes_both_ends_in_mid_message) {
    for (const Direction direction : {Direction::to_server, Direction::to_client}) {
        Ends ends =
            co_await connect_through({.fault = Fault::reset, .direction = direction, .after = 3});
        tcp::socket& sender = direction == Direction::to_server ? ends.client : ends.server;
        tcp::socket& receiver = direction == Direction::to_server ? ends.server : ends.client;
        co_await send_all(sender, "hello");
        const Received received = co_await receive_to_end(receiver);
        BOOST_TEST(received.data == "hel");
        BOOST_TEST(received.error == asio::error::connection_reset);
        co_await expect_reset(sender, "the sender is told as well");
    }
}

ASYNC_TEST_CASE(half_close_ends_one_way_only) {
    Ends ends = co_await connect_through({.fault = Fault::half_close, .after = 3});
    co_await send_all(ends.client, "hello");
    co_await expect(ends.server, "hel", "three bytes go through");
    co_await expect_eof(ends.server, "then the way ends");
    co_await send_all(ends.server, "back");
    co_await expect(ends.client, "back", "the other way is open");
    co_await send_all(ends.client, "swallowed");
    co_await settle();
    BOOST_TEST(ends.proxy.open() == 1U);
}

ASYNC_TEST_CASE(cut_ends_both_ways_cleanly) {
    Ends ends = co_await connect_through(
        {.fault = Fault::cut, .direction = Direction::to_client, .after = 3});
    co_await send_all(ends.client, "question");
    co_await expect(ends.server, "question", "the other way passes before");
    co_await send_all(ends.server, "hello");
    co_await expect(ends.client, "hel", "three bytes go through");
    co_await expect_eof(ends.client, "then a FIN, not a reset");
    co_await expect_eof(ends.server, "the server sees the end as well");
    co_await send_all(ends.client, "too late");
    co_await settle();
    co_await send_all(ends.server, "too late");
    co_await settle();
    BOOST_TEST(!has_data(ends.client));
}

ASYNC_TEST_CASE(a_fault_strikes_at_once_after_0_bytes) {
    Ends half_closed = co_await connect_through({.fault = Fault::half_close});
    co_await expect_eof(half_closed.server, "not one byte goes through");
    Ends cut = co_await connect_through({.fault = Fault::reset});
    co_await expect_reset(cut.client, "not one byte goes through");
}

ASYNC_TEST_CASE(a_server_that_is_not_there_looks_like_a_reset) {
    const auto executor = co_await this_coro::executor;
    const tcp::socket nobody = bind_v4(executor);
    const FaultProxy proxy(executor, nobody.local_endpoint());
    tcp::socket client = co_await connect_to(proxy.endpoint());
    co_await expect_reset(client, "the server has refused");
}

ASYNC_TEST_CASE(stands_before_a_unix_socket) {
    using asio::local::stream_protocol;
    const auto executor = co_await this_coro::executor;
    const std::string path = "/tmp/support_fault_proxy." + std::to_string(::getpid());
    stream_protocol::acceptor acceptor(executor, stream_protocol::endpoint(path));
    const FaultProxy proxy(executor, acceptor.local_endpoint());
    tcp::socket client = co_await connect_to(proxy.endpoint());
    auto server = co_await acceptor.async_accept(use_awaitable);
    ::unlink(path.c_str());
    co_await send_all(client, "hello");
    co_await expect(server, "hello", "bytes go through");
    client.close();
    co_await expect_eof(server, "the end as well");
}

ASYNC_TEST_CASE(a_proxy_that_is_destroyed_leaves_nothing) {
    const auto executor = co_await this_coro::executor;
    const tcp::acceptor acceptor = listen_v4(executor);
    for (const Fault fault : {Fault::pass, Fault::one_byte_segments, Fault::delay, Fault::stall,
                              Fault::reset, Fault::half_close, Fault::cut}) {
        const std::size_t before = open_descriptors();
        {
            const FaultProxy proxy(executor, acceptor.local_endpoint(), {.fault = fault});
            tcp::socket first = co_await connect_to(proxy.endpoint());
            co_await settle();
            const tcp::socket second = co_await connect_to(proxy.endpoint());
        }
        co_await settle();
        BOOST_TEST(open_descriptors() == before);
    }
}

ASYNC_TEST_CASE(a_sound_server_survives_the_table) {
    const CountCalls calls;
    const auto failures = co_await failures_with(table, Flaw::none, exchange);
    BOOST_TEST(failures == std::vector<std::string>(), boost::test_tools::per_element());
    BOOST_TEST(calls[Call::accept] > 100U);
}

ASYNC_TEST_CASE(the_table_finds_a_server_that_dies_of_a_reset) {
    const auto failures = co_await failures_with(table, Flaw::ends_after_a_reset, exchange);
    BOOST_TEST(mentions(failures, "reset after 1 bytes to the server: the next client is not"));
}

ASYNC_TEST_CASE(the_table_finds_a_server_that_keeps_descriptors) {
    constexpr FaultTable smallest = {.request_size = 0, .reply_size = 0, .limit = 100ms};
    const auto failures = co_await failures_with(smallest, Flaw::keeps_sockets, exchange);
    BOOST_TEST(mentions(failures, "1 descriptors were left open"));
}

ASYNC_TEST_CASE(the_table_finds_a_client_without_a_limit) {
    const auto failures = co_await failures_with(short_table, Flaw::none, exchange_without_limit);
    BOOST_TEST(mentions(failures, "stall after 1 bytes to the client: neither a reply nor"));
}

ASYNC_TEST_CASE(the_table_finds_a_client_that_trusts_what_it_gets) {
    const auto failures = co_await failures_with(table, Flaw::none, exchange_that_trusts);
    BOOST_TEST(mentions(failures, "cut after 2 bytes to the client: a wrong reply was taken"));
}

ASYNC_TEST_CASE(the_table_passes_a_programming_error_on) {
    const auto todo = [](tcp::endpoint, std::chrono::milliseconds) -> asio::awaitable<bool> {
        throw std::logic_error("step 1");
        co_return false;
    };
    const auto executor = co_await this_coro::executor;
    const tcp::acceptor acceptor = listen_v4(executor);
    std::string problem;
    try {
        co_await fault_failures(acceptor.local_endpoint(), table, todo);
    } catch (const std::logic_error& error) {
        problem = error.what();
    }
    BOOST_TEST(problem == "step 1");
}

BOOST_AUTO_TEST_CASE(a_plan_reads_as_a_sentence) {
    BOOST_TEST(to_string({.fault = Fault::reset, .after = 5}) ==
               "reset after 5 bytes to the server");
    BOOST_TEST(to_string({.fault = Fault::one_byte_segments, .direction = Direction::to_client}) ==
               "one byte a segment to the client");
}

BOOST_AUTO_TEST_CASE(the_table_has_every_fault_each_way) {
    BOOST_TEST(fault_plans({.request_size = 10, .reply_size = 10}).size() == 2U * (3 + 4 * 4));
    BOOST_TEST(fault_plans({.request_size = 1, .reply_size = 0}).size() == 2U * (3 + 4));
}

BOOST_AUTO_TEST_SUITE_END()
