// 11.2b, the coroutine style on the test's own loop: limits on a clock that the test moves, and
// what one turn of the loop does.
#include <poll.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "11_02b_command_server/flusher.hpp"
#include "11_02b_command_server/room.hpp"
#include "11_02b_command_server/session.hpp"
#include "11_02b_command_server_server.hpp"
#include "support/clock.hpp"
#include "support/running_server.hpp"

using namespace cookbook;
using namespace cookbook::command_server;
using namespace cookbook::testing;

namespace {

/// A server on the case's own loop.
class LoopServer : public RunningServer {
public:
    explicit LoopServer(const asio::any_io_executor& executor, Options options = {})
        : RunningServer(executor, {}, [&](tcp::acceptor acceptor) {
              return serve(std::move(acceptor), std::nullopt, options);
          }) {}

    [[nodiscard]] Where sockets() const { return Where::local_port(endpoint().port()); }
};

/// Speaks, and is nobody's client.
struct Speaker final : Member {
    Speaker() : Member("speaker", std::size_t{1} << 30U) {}
    void wake() override {}
    void flush() override {}
};

void say(Room& room, Speaker& speaker, std::size_t size) {
    room.handle(speaker, "SAY " + std::string(size, 'x'), std::chrono::steady_clock::now());
}

/// Reads all `sent` bytes, and returns when the kernel would take more from `sender`. The event
/// loop knows nothing of it.
void read_all(tcp::socket& socket, std::uint64_t sent, int sender) {
    socket.non_blocking(true);
    std::array<char, 65536> buffer;
    pollfd writable{.fd = sender, .events = POLLOUT, .revents = 0};
    for (std::uint64_t size = 0; size < sent || ::poll(&writable, 1, 0) == 0;) {
        error_code nothing_yet;
        size += socket.read_some(asio::buffer(buffer), nothing_yet);
    }
}

struct CountedFlush final : Flushable {
    void flush() override { ++flushed; }
    int flushed = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(command_server)

ASYNC_TEST_CASE(a_client_that_asks_often_enough_stays) {
    LoopServer server(co_await this_coro::executor, {.limits = {.idle_timeout = 60s}});
    LineClient client = co_await LineClient::join(server.endpoint());
    for (int minute = 0; minute < 5; ++minute) {
        co_await advance(50s);
        BOOST_TEST(co_await client.ask("ECHO a") == R"({"command":"ECHO","result":"a"})");
    }
    co_await advance(61s);
    BOOST_TEST(co_await client.line() == R"({"event":"dropped","reason":"idle"})",
               "no byte in either direction for 60 s");
    BOOST_TEST((co_await client.lines_to_end()).empty());
    BOOST_TEST(client.clean_end);
    client.socket().close();
    co_await server.end();
}

ASYNC_TEST_CASE(a_client_that_only_listens_is_not_idle) {
    LoopServer server(co_await this_coro::executor, {.limits = {.idle_timeout = 60s}});
    LineClient speaker = co_await LineClient::join(server.endpoint());
    LineClient listener = co_await LineClient::join(server.endpoint());
    for (int minute = 0; minute < 5; ++minute) {
        co_await advance(50s);
        co_await speaker.response_to("SAY still there?");
        BOOST_TEST((co_await listener.line()).starts_with(R"({"event":"say")"),
                   "bytes go to it, so it is not idle, though it says nothing");
    }
    speaker.socket().close();
    listener.socket().close();
    co_await server.end();
}

ASYNC_TEST_CASE(events_of_one_turn_leave_by_one_call) {
    LoopServer server(co_await this_coro::executor);
    LineClient speaker = co_await LineClient::join(server.endpoint());
    LineClient listener = co_await LineClient::join(server.endpoint());
    const CountCalls calls(server.sockets());
    std::string lines;
    for (int n = 0; n < 16; ++n) {
        lines += "SAY something\n";
    }
    co_await speaker.send(lines);
    for (int n = 0; n < 16; ++n) {
        BOOST_TEST(figure(co_await listener.line(), "seq") == std::uint64_t(n) + 1);
    }
    co_await settle();
    BOOST_TEST(calls[Call::sendmsg] + calls[Call::send] == 2U,
               "16 events that were queued together are to leave by one call for each client");
    speaker.socket().close();
    listener.socket().close();
    co_await server.end();
}

ASYNC_TEST_CASE(a_line_is_finished_before_the_next_is_begun) {
    const auto executor = co_await this_coro::executor;
    LoopServer server(executor);
    LineClient speaker = co_await LineClient::join(server.endpoint());
    LineClient listener = co_await LineClient::join(server.endpoint());
    const ShortWrites short_writes(server.sockets());
    constexpr int events = 20;
    for (int n = 0; n < events; ++n) {
        co_await speaker.send("SAY hello\n");
        for (int turn = 0; turn < 5; ++turn) {  // now the one before is being sent
            co_await asio::post(executor, use_awaitable);
        }
    }
    for (int n = 0; n < events; ++n) {
        const std::string event = co_await listener.line();
        BOOST_TEST_REQUIRE(event.ends_with(R"("text":"hello"})"),
                           "a line is cut, or within another one, because two writes ran at once: "
                               << in_quotes(event));
    }
    speaker.socket().close();
    listener.socket().close();
    co_await server.end();
}

ASYNC_TEST_CASE(a_client_that_has_caught_up_is_not_slow) {
    const auto executor = co_await this_coro::executor;
    auto [near, far] = connected_pair(executor);
    near.set_option(tcp::socket::send_buffer_size(65536));
    far.set_option(tcp::socket::receive_buffer_size(65536));
    const int sender = near.native_handle();
    const Options options{.max_queue = 65536};
    Room room;
    Speaker speaker;
    Flusher flusher(executor);
    Session session(std::move(near), room, flusher, options);
    TaskGroup group(executor);
    group.spawn(flusher.run());
    group.spawn(session.run());
    co_await settle();
    // Two more events, and the queue is full.
    while (session.outbox.bytes() + 5000 <= options.max_queue) {
        say(room, speaker, 4000);
        co_await settle();
    }
    BOOST_TEST_REQUIRE(!session.dropped.has_value());
    read_all(far, room.metrics().sent_bytes, sender);
    say(room, speaker, 4000);
    say(room, speaker, 4000);
    BOOST_TEST(!session.dropped.has_value(),
               "a client was dropped though the kernel would have taken what is queued for it: "
               "that the kernel was full is what the last look at it had told");
    far.close();
    group.cancel();
    co_await group.join();
}

ASYNC_TEST_CASE(a_client_that_only_asks_is_slowed) {
    LoopServer server(co_await this_coro::executor, {.max_queue = 65536});
    LineClient client = co_await LineClient::join(server.endpoint());
    client.socket().set_option(tcp::socket::receive_buffer_size(4096));
    client.socket().set_option(tcp::socket::send_buffer_size(65536));
    client.socket().non_blocking(true);
    const std::string line = "ECHO " + std::string(2000, 'x') + '\n';
    constexpr std::size_t max_sent = std::size_t{24} << 20U;  // more than kernels take for us
    std::size_t sent = 0;
    std::size_t before = 0;
    do {
        before = sent;
        for (error_code full; !full && sent < max_sent;) {
            sent += client.socket().write_some(asio::buffer(line) + sent % line.size(), full);
        }
        co_await settle();
    } while (sent > before && sent < max_sent);
    BOOST_TEST_REQUIRE(sent < max_sent, "the server took "
                                            << sent << " bytes while nobody read the responses: "
                                            << "they are in its memory");
    client.socket().set_option(tcp::socket::receive_buffer_size(1 << 20));  // read fast now
    co_await expect_all_responses(client, sent, line.size());
    client.socket().close();
    co_await server.end();
}

ASYNC_TEST_CASE(a_stop_reaches_a_client_that_is_slowed) {
    LoopServer server(co_await this_coro::executor,
                      {.limits = {.drain_timeout = 10s}, .max_queue = 65536});
    LineClient client = co_await LineClient::join(server.endpoint());
    client.socket().non_blocking(true);
    const std::string line = "ECHO " + std::string(4000, 'x') + '\n';
    std::size_t sent = 0;
    std::size_t before = 0;
    do {
        before = sent;
        for (error_code full; !full;) {
            sent += client.socket().write_some(asio::buffer(line) + sent % line.size(), full);
        }
        co_await settle();
    } while (sent > before);
    server.stop();
    co_await settle();
    BOOST_TEST(!server.stopped(),
               "the client has not taken what is queued, and --drain is not over");
    co_await advance(10s);
    const Waiting waiting("the server to end after its drain");
    co_await server.join();
}

ASYNC_TEST_CASE(a_stop_comes_at_any_moment) {
    for (int turns = 0; turns < 30; ++turns) {
        LoopServer server(co_await this_coro::executor);
        LineClient client(co_await connect_to(server.endpoint()));
        co_await client.send("SAY a\nECHO b\nSAY c\n");
        for (int turn = 0; turn < turns; ++turn) {
            co_await asio::post(co_await this_coro::executor, use_awaitable);
        }
        client.end_sending();
        server.stop();
        const Waiting waiting("a server that was stopped to end");
        co_await server.join();
    }
}

ASYNC_TEST_CASE(a_flusher_flushes_each_once_per_turn) {
    const auto executor = co_await this_coro::executor;
    Flusher flusher(executor);
    TaskGroup group(executor);
    group.spawn(flusher.run());
    CountedFlush one;
    CountedFlush other;
    CountedFlush gone;
    for (int n = 0; n < 3; ++n) {
        flusher.add(one);
        flusher.add(other);
        flusher.add(gone);
    }
    flusher.remove(gone);
    BOOST_TEST(one.flushed == 0, "not at once: more may be queued in this turn");
    co_await settle();
    BOOST_TEST(one.flushed == 1);
    BOOST_TEST(other.flushed == 1);
    BOOST_TEST(gone.flushed == 0);
    flusher.add(one);
    co_await settle();
    BOOST_TEST(one.flushed == 2);
    group.cancel();
    co_await group.join();
}

BOOST_AUTO_TEST_SUITE_END()
