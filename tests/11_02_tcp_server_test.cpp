// 11.2: one contract, kept by all five styles; then what is special to one.
#include "11_02_tcp_server/tcp_server.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "11_02_tcp_server/echo.hpp"
#include "11_02_tcp_server/line_buffer.hpp"
#include "11_02_tcp_server_copies.hpp"
#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/tcp.hpp"
#include "support/allocations.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/echo_contract.hpp"
#include "support/loopback.hpp"
#include "support/server_thread.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::tcp_server;
using namespace cookbook::testing;

namespace {

constexpr std::span blocking_styles(styles.begin(), 3);
constexpr std::span awaiting_styles(styles.begin() + 3, 2);

/// A server of one style, on threads of its own. Its drain is short unless the case sets one: a
/// server that always waits that long fails the cases about it, and only delays the others.
class Server : public ServerThread<> {
public:
    Server(const Style& style, Options options, const HostPort& address = {}) {
        if (options.limits.drain_timeout == Limits{}.drain_timeout) {
            options.limits.drain_timeout = 200ms;
        }
        tcp::acceptor acceptor = listen(executor(), address);
        endpoint_ = acceptor.local_endpoint();
        start(style.serve, std::move(acceptor), options);
    }

    [[nodiscard]] std::uint16_t port() const { return endpoint_.port(); }
    [[nodiscard]] Where sockets() const { return Where::local_port(port()); }
    [[nodiscard]] asio::awaitable<tcp::socket> connect() const { return connect_to(endpoint_); }

private:
    tcp::endpoint endpoint_;
};

/// Of this process; proc_pid_stat(5): the state follows the name in parentheses.
bool all_other_threads_sleep() {
    const std::string own = std::to_string(::gettid());
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream file(thread.path() / "stat");
        const std::string stat(std::istreambuf_iterator<char>(file), {});
        const std::size_t name_end = stat.rfind(')');
        const bool sleeps = name_end == std::string::npos || stat[name_end + 2] == 'S';
        if (!sleeps && thread.path().filename() != own) {
            return false;
        }
    }
    return true;
}

/// The connection ends, by an end of file or a reset, whatever comes before.
asio::awaitable<void> expect_disconnect(tcp::socket& client, std::string rule) {
    const Waiting waiting(rule);
    std::array<char, 65536> buffer;
    for (error_code ended; !ended;) {
        const auto [error, n] = co_await client.async_read_some(asio::buffer(buffer), use_nothrow);
        ended = error;
    }
    hold();
}

using Body = asio::awaitable<void> (*)(Server&);

asio::awaitable<void> with_each(std::span<const Style> chosen, Options options, Body body) {
    for (const Style& style : chosen) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            Server server(style, options);
            co_await body(server);
            server.stop();
            server.join();
        }
    }
}

}  // namespace

/// One body, two cases: for the styles whose threads block, and for those that run coroutines.
#define CASES_FOR_ALL_STYLES(name, ...)                           \
    static asio::awaitable<void> name(Server& server);            \
    ASYNC_TEST_CASE(threads_##name) {                             \
        co_await with_each(blocking_styles, {__VA_ARGS__}, name); \
    }                                                             \
    ASYNC_TEST_CASE(coroutines_##name) {                          \
        co_await with_each(awaiting_styles, {__VA_ARGS__}, name); \
    }                                                             \
    static asio::awaitable<void> name(Server& server)

BOOST_AUTO_TEST_SUITE(tcp_server)

// --- The contract ---

CASES_FOR_ALL_STYLES(echo_what_they_receive) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "hello");
    co_await expect_echo(client, bytes({0x00, 0xff, 0x0a, 0x0d, 0x1a}));
    tcp::socket next = co_await (client.close(), server.connect());
    co_await expect_echo(next, "and the next client too");
}

CASES_FOR_ALL_STYLES(echo_to_the_end_and_then_end_too) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo_to_the_end(client, "last words");
}

CASES_FOR_ALL_STYLES(send_all_though_the_socket_takes_one_byte_at_a_time) {
    const ShortWrites short_writes(server.sockets());
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, std::string(1000, 'x') + "end");
}

CASES_FOR_ALL_STYLES(send_again_after_a_signal) {
    tcp::socket client = co_await server.connect();
    const FailCalls interrupted(Call::send, EINTR, 1, server.sockets());
    const FailCalls of_asio(Call::sendmsg, EINTR, 1, server.sockets());
    co_await expect_echo(client, "a signal interrupts send(), and ends nothing (EINTR)");
    BOOST_TEST(interrupted.struck() + of_asio.struck() > 0, "the server never called send()");
}

CASES_FOR_ALL_STYLES(echo_what_comes_byte_by_byte) {
    const ShortReads short_reads(server.sockets());
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "a message is not a segment");
}

/// Returns when every other thread of this process sleeps: a server has done all that it can do
/// before the test does more. Bytes on loopback arrive with the call that sends them.
static asio::awaitable<void> until_all_others_sleep() {
    return until(all_other_threads_sleep, "the server's threads to rest");
}

/// Sends, and takes nothing, until the server, which cannot send either, takes no more. Returns how
/// much it was, 64 MB at most.
static asio::awaitable<std::size_t> fill(tcp::socket& client) {
    client.non_blocking(true);
    const std::string megabyte(1 << 20, '\n');  // lines, where they matter
    std::size_t sent = 0;
    for (error_code full; !full && sent < (std::size_t{64} << 20);) {
        sent += client.write_some(asio::buffer(megabyte), full);
        if (full) {  // perhaps the server is only slow to read
            full.clear();
            co_await until_all_others_sleep();
            sent += client.write_some(asio::buffer(megabyte), full);
        }
    }
    co_return sent;
}

CASES_FOR_ALL_STYLES(stop_reading_when_the_peer_does, .limits = {.idle_timeout = 60s}) {
    tcp::socket client = co_await server.connect();
    const std::size_t sent = co_await fill(client);
    BOOST_TEST(sent < (std::size_t{64} << 20),
               "the server took " << sent << " bytes while nobody took what it sends: they are in "
                                  << "its memory. A slow reader must slow the server's reading");
    client.shutdown(tcp::socket::shutdown_send);
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(received.data.size() == sent, "of " << sent << " bytes, " << received.data.size()
                                                   << " came back: the slow reader lost some");
}

CASES_FOR_ALL_STYLES(serve_no_more_at_once_than_allowed, .limits = {.max_connections = 1}) {
    tcp::socket first = co_await server.connect();
    co_await expect_echo(first, "first");
    tcp::socket second = co_await server.connect();  // into the kernel's backlog
    co_await send_all(second, "second");
    for (int n = 0; n < 500; ++n) {  // time enough for a server that would serve both
        co_await expect_echo(first, "still the first");
    }
    BOOST_TEST(second.available() == 0U,
               "the second client was served while the first was connected, but one connection at "
               "once was allowed");
    first.close();
    co_await expect(second, "second", "a client that waited is served when a connection ends");
}

CASES_FOR_ALL_STYLES(disconnect_a_silent_peer, .limits = {.idle_timeout = 300ms}) {
    tcp::socket talker = co_await server.connect();
    co_await expect_echo(talker, "hello");
    talker.close();
    tcp::socket client = co_await server.connect();
    co_await expect_eof(client, "a peer that says nothing for the idle timeout is disconnected");
}

CASES_FOR_ALL_STYLES(disconnect_a_peer_that_takes_nothing, .limits = {.idle_timeout = 300ms}) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "hello");
    co_await expect_disconnect_while_sending(client);
}

static asio::awaitable<void> let_go_of_a_peer_that_resets(Server& server) {
    tcp::socket client = co_await server.connect();
    co_await fill(client);
    testing::reset(client);
    tcp::socket next = co_await server.connect();
    const Waiting waiting("the place of a peer that has reset its connection while it was sent to");
    co_await expect_echo(next, "let in\n");
}
ASYNC_TEST_CASE(threads_let_go_of_a_peer_that_resets) {
    co_await with_each(blocking_styles, {.limits = {.max_connections = 1, .idle_timeout = 1h}},
                       let_go_of_a_peer_that_resets);
}
ASYNC_TEST_CASE(coroutines_let_go_of_a_peer_that_resets) {
    for (const bool lines : {false, true}) {
        co_await with_each(awaiting_styles,
                           {.limits = {.max_connections = 1, .idle_timeout = 1h}, .lines = lines},
                           let_go_of_a_peer_that_resets);
    }
}

CASES_FOR_ALL_STYLES(survive_peers_that_vanish, .limits = {.max_connections = 1}) {
    co_await expect_to_survive_peers_that_vanish(server);
}

static asio::awaitable<void> pause_when_descriptors_run_out(std::span<const Style> chosen) {
    for (const Style& style : chosen) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            std::optional<FailAccepts> fail(std::in_place, EMFILE);
            const Server server(style, {.workers = 2});
            tcp::socket client = co_await server.connect();
            co_await send_all(client, "hello");
            co_await expect_pause_of_accepting(*fail);
            fail.reset();
            co_await expect(client, "hello", "accepting goes on when descriptors are free again");
        }
    }
}
ASYNC_TEST_CASE(threads_pause_when_descriptors_run_out) {
    co_await pause_when_descriptors_run_out(blocking_styles);
}
ASYNC_TEST_CASE(coroutines_pause_when_descriptors_run_out) {
    co_await pause_when_descriptors_run_out(awaiting_styles);
}

/// From the first accept on, no descriptor is left, as if connections had taken all.
class AcceptingTakesAll {
public:
    AcceptingTakesAll() { ::getrlimit(RLIMIT_NOFILE, &before_); }
    ~AcceptingTakesAll() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    AcceptingTakesAll(const AcceptingTakesAll&) = delete;
    AcceptingTakesAll& operator=(const AcceptingTakesAll&) = delete;

    /// How many listening sockets are accepted from.
    [[nodiscard]] std::size_t acceptors() const { return count_; }

private:
    void see(Call call, int descriptor) {
        if (call != Call::accept && call != Call::accept4) {
            return;
        }
        if (acceptors_.empty()) {
            rlimit none = before_;
            none.rlim_cur = static_cast<rlim_t>(Descriptor(::dup(descriptor)).get());
            ::setrlimit(RLIMIT_NOFILE, &none);
        }
        acceptors_.insert(descriptor);
        count_ = acceptors_.size();
    }

    rlimit before_{};
    std::set<int> acceptors_;
    std::atomic<std::size_t> count_ = 0;
    Registration calls_{[this](Call call, int descriptor, Effect&) { see(call, descriptor); }};
};

ASYNC_TEST_CASE(multicore_has_all_its_loops_before_it_accepts) {
    tcp::socket client(co_await this_coro::executor, tcp::v4());
    std::optional<AcceptingTakesAll> none_left(std::in_place);
    const Server server(styles.back(), {.workers = 16});
    co_await until([&] { return none_left->acceptors() == 16 || server.ends_within(0ms); },
                   "sixteen loops to accept");
    BOOST_TEST_REQUIRE(!server.ends_within(0ms),
                       "the first connections have taken all descriptors, and the server has "
                       "ended: a loop that had none yet could not begin");
    none_left.reset();
    client.connect({asio::ip::address_v4::loopback(), server.port()});
    co_await expect_echo(client, "hello");
}

ASYNC_TEST_CASE(all_styles_tell_errors_of_a_connection_from_errors_of_the_acceptor) {
    for (const Style& style : styles) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            for (const int harmless : {ECONNABORTED, EINTR, EPROTO}) {
                const FailAccepts fail(harmless, 1);
                const Server server(style, {.workers = 1});
                // The second wakes Asio, which takes the first for gone.
                tcp::socket first = co_await server.connect();
                tcp::socket second = co_await server.connect();
                co_await expect_echo(first, "accepted after all");
                first.close();
                co_await expect_echo(second, "and the next");
                BOOST_TEST(fail.struck() >= 1, "the server never called accept");
            }
            const FailAccepts broken(EINVAL);
            Server server(style, {.workers = 1});
            BOOST_CHECK_THROW(server.join(), std::system_error);  // EINVAL: it does not listen
        }
    }
}

ASYNC_TEST_CASE(all_styles_end_in_order_when_the_acceptor_breaks) {
    // The iterative style accepts only while nobody is connected.
    for (const Style& style : std::span(styles).subspan(1)) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            Server server(style, {.limits = {.drain_timeout = 50ms}, .workers = 2});
            tcp::socket client = co_await server.connect();
            co_await expect_echo(client, "before");
            const FailAccepts broken(EINVAL);
            tcp::socket late(co_await this_coro::executor);
            error_code refused;  // if the server is quick
            late.connect({asio::ip::address_v4::loopback(), server.port()}, refused);
            late.close();  // a worker of the pool may have had it, and goes back to accepting
            BOOST_TEST_REQUIRE(server.ends_within(8s),
                               "nobody will be accepted any more, but the server goes on: one "
                               "loop or thread has failed, and the others do not know");
            BOOST_CHECK_THROW(server.join(), std::system_error);
            co_await expect_disconnect(client, "the drain ends with the connections");
        }
    }
}

ASYNC_TEST_CASE(all_styles_take_ipv4_and_ipv6_on_one_socket) {
    for (const Style& style : styles) {
        const Server dual(style, {}, {"::", 0});
        for (const char* host : {"127.0.0.1", "::1"}) {
            tcp::socket client = co_await connect({host, dual.port()});
            co_await expect_echo(client, host);
        }
    }
}

// --- The end ---

/// Returns when nobody can connect to the server any more.
static asio::awaitable<void> refused(const Server& server) {
    const Waiting waiting("the server to accept nobody any more");
    tcp::socket late(co_await this_coro::executor);
    for (error_code error; error != asio::error::connection_refused; co_await pass(1ms)) {
        late.close();
        late.connect({asio::ip::address_v4::loopback(), server.port()}, error);
    }
}

CASES_FOR_ALL_STYLES(finish_what_is_open_when_stopped, .limits = {.drain_timeout = 12s}) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "before");
    server.stop();
    co_await refused(server);
    co_await expect_echo(client, "connections that are open go on when the server is stopped");
    BOOST_TEST(!server.ends_within(0ms), "the server ended while a connection was open");
    client.shutdown(tcp::socket::shutdown_send);
    co_await expect_eof(client, "they end when their peer ends");
    BOOST_TEST_REQUIRE(
        server.ends_within(8s),
        "the last connection has ended, but the server goes on: the drain ends early "
        "if there is nothing to wait for");
}

CASES_FOR_ALL_STYLES(cut_what_outlasts_the_drain, .limits = {.drain_timeout = 50ms}) {
    tcp::socket silent = co_await server.connect();
    co_await expect_echo(silent, "before");
    server.stop();
    co_await expect_disconnect(silent, "connections are cut when limits.drain_timeout has passed");
    server.join();
}

CASES_FOR_ALL_STYLES(cut_a_peer_that_takes_nothing,
                     .limits = {.idle_timeout = 60s, .drain_timeout = 500ms}) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "hello");
    const std::string megabyte(1 << 20, 'x');
    server.stop();
    Deadline limit(client);
    limit.expires_after(10s);
    // More and more: long before the end of the drain all buffers on the way are full, and the
    // server waits in a send.
    for (error_code gone; !gone;) {
        const auto [error, n] =
            co_await asio::async_write(client, asio::buffer(megabyte), use_nothrow);
        gone = error;
    }
    BOOST_TEST((!limit.expired() && server.ends_within(8s)),
               "limits.drain_timeout has passed, but the server goes on: a thread that waits in "
               "send() must be woken, too");
}

CASES_FOR_ALL_STYLES(stop_at_once_when_nobody_is_connected, .limits = {.drain_timeout = 12s}) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "hello");
    client.close();
    server.stop();
    BOOST_TEST_REQUIRE(server.ends_within(8s),
                       "nobody is connected any more, but the server goes on: it waits out its "
                       "drain");
}

ASYNC_TEST_CASE(all_styles_end_when_they_were_stopped_before_they_began) {
    for (const Style& style : styles) {
        asio::io_context context;
        std::stop_source stop;
        stop.request_stop();
        style.serve(listen(context.get_executor(), {}), {}, stop.get_token());
    }
    co_return;
}

ASYNC_TEST_CASE(all_styles_give_back_every_descriptor) {
    const std::size_t before = open_descriptors();
    for (const Style& style : styles) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            {
                Server server(style, {.limits = {.drain_timeout = 20ms}});
                tcp::socket left_open = co_await server.connect();
                co_await expect_echo(left_open, "hello");
                server.stop();
                server.join();
            }
            BOOST_TEST(open_descriptors() == before,
                       open_descriptors() - before
                           << " descriptors are still open after the server has ended");
        }
    }
}

// --- Lines ---

CASES_FOR_ALL_STYLES(echo_line_by_line, .lines = true) {
    tcp::socket client = co_await server.connect();
    co_await send_all(client, "one\ntw");
    co_await expect(client, "one\n", "a line is sent back when its line feed has come");
    co_await send_all(client, "o\n\nthree");
    co_await expect(client, "two\n\n", "bytes after a line feed belong to the next line");
    client.shutdown(tcp::socket::shutdown_send);
    co_await expect(client, "three", "the last line may lack its line feed");
    co_await expect_eof(client, "then the stream ends");
}

CASES_FOR_ALL_STYLES(echo_lines_that_come_byte_by_byte, .lines = true) {
    const ShortReads short_reads(server.sockets());
    tcp::socket client = co_await server.connect();
    co_await send_all(client, "first line\nsecond line\nthird");
    client.shutdown(tcp::socket::shutdown_send);
    co_await expect(client, "first line\nsecond line\nthird", "a line is not a segment");
    co_await expect_eof(client, "then the stream ends");
}

CASES_FOR_ALL_STYLES(disconnect_at_a_line_that_is_too_long, .lines = true, .max_line = 8) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "a\n12345678\n");
    co_await send_all(client, "b\n123456789");
    const Received received = co_await receive_to_end(client);
    BOOST_TEST(
        std::string("b\n").starts_with(received.data),
        "a line that is too long is not sent back, but " << in_quotes(received.data) << " was");
}

CASES_FOR_ALL_STYLES(echo_pipelined_lines_with_one_send, .lines = true) {
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "connected\n");
    const CountCalls calls(server.sockets());
    co_await expect_echo(client, "a\nb\nc\nd\n");
    BOOST_TEST(calls[Call::send] + calls[Call::sendmsg] == 1U,
               "four lines that came together are sent back with one system call");
}

BOOST_AUTO_TEST_CASE(a_line_buffer_gives_whole_lines) {
    struct Step {
        std::string_view received;
        std::string_view lines;
        std::string_view rest;
    };
    const std::vector<std::vector<Step>> tables = {
        {{"", "", ""}, {"abc", "", "abc"}, {"\n", "abc\n", ""}},
        {{"a\nb", "a\n", "b"}, {"c\nd\ne", "bc\nd\n", "e"}, {"\n\n", "e\n\n", ""}},
        {{"12345678", "", "12345678"}, {"\n", "12345678\n", ""}, {"123", "", "123"}},
        {{"1234567\n8", "1234567\n", "8"}, {"\n", "8\n", ""}},
        {{"123456789", "", "123456789"}},  // one byte too many
        {{std::string_view("\0\n\0", 3), std::string_view("\0\n", 2), std::string_view("\0", 1)}},
    };
    for (const std::vector<Step>& table : tables) {
        LineBuffer buffer(8);
        std::string received;
        for (const Step& step : table) {
            received += step.received;
            const std::span<char> space = buffer.space();
            BOOST_TEST_REQUIRE(space.size() >= step.received.size(),
                               "after " << in_quotes(received) << " of lines of up to 8 bytes, "
                                        << space.size() << " bytes of space are too few");
            std::ranges::copy(step.received, space.begin());
            const std::string_view lines = buffer.take(step.received.size());
            BOOST_TEST(lines == step.lines, "after " << in_quotes(received) << " take() gave "
                                                     << in_quotes(lines) << " instead of "
                                                     << in_quotes(step.lines)
                                                     << ": it gives the lines that are complete");
            BOOST_TEST(buffer.rest() == step.rest,
                       "after " << in_quotes(received) << " the unfinished line is "
                                << in_quotes(buffer.rest()) << " instead of "
                                << in_quotes(step.rest) << ": space() must keep it");
        }
        BOOST_TEST(buffer.too_long() == (table.back().rest.size() > 8),
                   "an unfinished line of " << table.back().rest.size()
                                            << " bytes, of 8 allowed: too_long() is wrong");
    }
}

BOOST_AUTO_TEST_CASE(lines_are_taken_one_by_one) {
    std::string_view lines = "a\n\nb c\r\n";
    BOOST_TEST(take_line(lines) == "a");
    BOOST_TEST(take_line(lines) == "");
    BOOST_TEST(take_line(lines) == "b c\r");
    BOOST_TEST(lines.empty());
}

BOOST_AUTO_TEST_CASE(a_line_buffer_moves_bytes_that_overlap) {
    LineBuffer buffer(8);
    std::ranges::copy(std::string_view("a\nbcdefg"), buffer.space().begin());
    buffer.take(8);
    const CountOverlappingCopies copies;
    buffer.space();
    BOOST_TEST(copies.count() == 0U,
               "six bytes were moved by two places with memcpy(), which is undefined if the places "
               "overlap: on some machines it mixes them up. memmove() may be used");
    BOOST_TEST(buffer.rest() == "bcdefg",
               "the unfinished line is now " << in_quotes(buffer.rest()) << " instead of 'bcdefg'");
}

// --- The coroutine alone, on a clock that the test moves ---

/// A coroutine that serves one connection, and the connection's other end.
class Served {
public:
    Served(const asio::any_io_executor& executor, const Options& options)
        : Served(connected_pair(executor), options) {}

    tcp::socket client;
    TaskGroup group;

private:
    Served(SocketPair pair, const Options& options)
        : client(std::move(pair.near)), group(client.get_executor()) {
        group.spawn(handle(std::move(pair.far), options));
    }
};

ASYNC_TEST_CASE(a_coroutine_keeps_a_peer_that_talks) {
    Served served(co_await this_coro::executor, {.limits = {.idle_timeout = 60s}});
    for (int minute = 0; minute < 10; ++minute) {
        co_await expect_echo(served.client, "every 50 seconds");
        co_await advance(50s);
    }
    BOOST_TEST(served.group.size() == 1U, "a peer that talks often enough was disconnected");
    co_await advance(11s);
    co_await expect_eof(served.client, "a peer that says nothing for 60 s is disconnected");
    co_await served.group.join();
}

BOOST_AUTO_TEST_CASE(a_coroutine_allocates_nothing_for_a_message) {
    asio::io_context context(1);
    SocketPair pair = connected_pair(context.get_executor());
    pair.near.non_blocking(false);
    std::optional<CountAllocations> allocations;  // of this thread, which runs the coroutine
    std::uint64_t count = 0;
    int echoed = 0;
    std::jthread client([&] {
        error_code gone;
        const auto exchange = [&](int messages) {
            for (std::array<char, 64> message{}; messages > 0 && !gone; --messages) {
                asio::write(pair.near, asio::buffer(message), gone);
                echoed += asio::read(pair.near, asio::buffer(message), gone) == message.size();
            }
        };
        exchange(10);  // Asio keeps what the first ones needed
        asio::post(context, [&] { allocations.emplace(); });
        exchange(100);
        asio::post(context, [&] { count = allocations->count(); });
        pair.near.shutdown(tcp::socket::shutdown_send, gone);
    });
    asio::co_spawn(context, handle(std::move(pair.far), {}), [](const std::exception_ptr&) {});
    context.run();
    client.join();
    BOOST_TEST_REQUIRE(echoed == 110, "of 110 messages " << echoed << " came back");
    BOOST_TEST(count < 10U, "100 messages cost " << count << " allocations: memory for a message "
                                                 << "comes from the coroutine's frame");
}

ASYNC_TEST_CASE(a_coroutine_is_cancelled_wherever_it_waits) {
    for (int turns = 0; turns < 20; ++turns) {
        Served served(co_await this_coro::executor, {});
        // With so much to read, its reads end at once: it is between two of them more often than in
        // one.
        const std::string several_reads(100'000, 'x');
        served.client.non_blocking(true);
        served.client.write_some(asio::buffer(several_reads));
        for (int turn = 0; turn < turns; ++turn) {
            co_await asio::post(co_await this_coro::executor, use_awaitable);
        }
        BOOST_TEST(served.group.size() == 1U, "the coroutine ended before its peer did");
        served.group.cancel();
        try {
            const Waiting waiting("a cancelled coroutine to end");
            co_await served.group.join();
        } catch (const boost::system::system_error& cancelled) {
            BOOST_TEST(cancelled.code() == asio::error::operation_aborted,
                       "a cancelled coroutine ended with " << cancelled.code().message());
        }
        BOOST_TEST(served.group.size() == 0U, "a cancelled coroutine goes on");
    }
}

BOOST_AUTO_TEST_SUITE_END()
