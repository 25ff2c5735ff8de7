// What holds for every echo server, in a test's words.
#pragma once

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "support/async_case.hpp"
#include "support/failure.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace cookbook::testing {

inline asio::awaitable<void> expect_echo(tcp::socket& client, std::string text) {
    co_await send_all(client, text);
    co_await expect(client, text, "an echo server sends back what it receives");
}

/// Ends its own half of the stream after the text.
inline asio::awaitable<void> expect_echo_to_the_end(tcp::socket& client, std::string text) {
    co_await send_all(client, text);
    client.shutdown(tcp::socket::shutdown_send);
    co_await expect(client, text, "a peer that has ended its stream still receives (half-close)");
    co_await expect_eof(client, "when all is sent back, the server ends its stream too");
}

/// Sends, and takes nothing, until the server disconnects.
inline asio::awaitable<void> expect_disconnect_while_sending(tcp::socket& client) {
    client.non_blocking(true);
    const std::string megabyte(1 << 20, 'x');
    const Waiting waiting(
        "the server to disconnect a peer that takes nothing for the idle timeout");
    for (error_code gone; gone != asio::error::broken_pipe && gone != asio::error::connection_reset;
         co_await pass(std::chrono::milliseconds(5))) {
        client.write_some(asio::buffer(megabyte), gone);
    }
    hold();
}

/// The next accepts of a server, by whichever call, fail with `error`.
struct FailAccepts {
    explicit FailAccepts(int error, int times = FailCalls::always)
        : accept(Call::accept, error, times), accept4(Call::accept4, error, times) {}
    [[nodiscard]] int struck() const { return accept.struck() + accept4.struck(); }
    FailCalls accept;
    FailCalls accept4;
};

/// A client waits, and no descriptor is left: `fail` says EMFILE. The server tries again, but does
/// not spin.
inline asio::awaitable<void> expect_pause_of_accepting(const FailAccepts& fail) {
    {
        const Waiting waiting("the server to call accept");
        for (; fail.struck() == 0; co_await pass(std::chrono::milliseconds(1))) {
        }
    }
    const auto start = std::chrono::steady_clock::now();
    const int before = fail.struck();
    co_await pass(std::chrono::milliseconds(150));
    const int calls = fail.struck() - before;
    const auto time = (std::chrono::steady_clock::now() - start) / std::chrono::milliseconds(1);
    BOOST_TEST(calls < 20 * time / 250, "accept was called "
                                            << calls << " times in " << time
                                            << " ms with no descriptor left: it spins");
}

/// `server` serves one connection at a time.
template <typename Server>
asio::awaitable<void> expect_to_survive_peers_that_vanish(Server& server) {
    for (int n = 0; n < 3; ++n) {
        tcp::socket first = co_await server.connect();
        co_await expect_echo(first, "first");
        // While the first is served, the second comes, speaks, ends its stream and is gone, all in
        // the backlog. Whoever serves it then meets EPIPE at its first send, and SIGPIPE with it.
        tcp::socket second = co_await server.connect();
        co_await send_all(second, "second");
        second.shutdown(tcp::socket::shutdown_send);
        reset(second);
        first.close();
    }
    tcp::socket client = co_await server.connect();
    co_await expect_echo(client, "still there");
}

}  // namespace cookbook::testing
