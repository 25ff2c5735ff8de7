// Recipe 11.9, the server and its client: what they log, whom they serve, how they end, and what is
// left of the key.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "11_09_hmac_auth/client.hpp"
#include "11_09_hmac_auth/relay.hpp"
#include "11_09_hmac_auth_server.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/output.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::hmac_auth;
using namespace cookbook::testing;

/// What the client prints, or the line that it fails with.
asio::awaitable<std::string> talk_to(HostPort server, Mac mac, Options options,
                                     std::string message = "hello") {
    const Waiting waiting("the client to end");
    const Output output;
    try {
        co_await talk(std::move(server), std::move(mac), options, std::move(message), output.file(),
                      5s);
    } catch (const std::exception& failure) {
        co_return describe(failure);
    }
    co_return output.text();
}

/// A client that is in.
asio::awaitable<tcp::socket> authenticated_socket(AuthServer& server) {
    tcp::socket socket = co_await server.connect();
    const std::string challenge = co_await receive(socket, 32);
    co_await send_all(socket, mac_of_text(challenge) + "hello");
    co_await expect(socket, "hello", "a client that knows the key is served");
    co_return socket;
}

constexpr std::size_t rare_size = 24;

/// The bytes of a key that is nowhere else in this program.
char rare_byte(std::size_t position) {
    return static_cast<char>(0x81U + 7 * position * position);
}

Key rare_key() {
    std::array<char, rare_size> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        bytes[i] = rare_byte(i);
    }
    Key key({bytes.data(), bytes.size()});
    explicit_bzero(bytes.data(), bytes.size());
    return key;
}

bool is_rare_key(std::string_view bytes) {
    for (std::size_t i = 0; i < rare_size; ++i) {
        if (bytes[i] != rare_byte(i)) {
            return false;
        }
    }
    return true;
}

std::size_t copies_in(std::string_view page) {
    std::size_t copies = 0;
    for (std::size_t at = page.find(rare_byte(0)); at <= page.size() - rare_size;
         at = page.find(rare_byte(0), at + 1)) {
        copies += is_rare_key(page.substr(at, rare_size)) ? 1 : 0;
    }
    return copies;
}

/// How often the key is in the memory of this process that can be written to, its stacks included.
std::size_t copies_in_memory() {
    constexpr std::uintptr_t max_region = std::uintptr_t{1} << 30U;  // sanitizers have larger ones
    static std::array<char, 4096> page;
    std::size_t copies = 0;
    const int memory = ::open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) {
        std::size_t dash = 0;
        const std::uintptr_t begin = std::stoul(line, &dash, 16);
        const std::uintptr_t end = std::stoul(line.substr(dash + 1), nullptr, 16);
        if (line.find(" rw-p ") == std::string::npos || end - begin > max_region) {
            continue;
        }
        for (std::uintptr_t at = begin; at < end; at += page.size()) {
            if (::pread(memory, page.data(), page.size(), static_cast<off_t>(at)) > 0) {
                copies += copies_in({page.data(), page.size()});
            }
        }
    }
    ::close(memory);
    page.fill('\0');
    return copies;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hmac_auth)

ASYNC_TEST_CASE(the_client_prints_what_comes_back) {
    for (const bool mutual : {false, true}) {
        const Options options = {.mutual = mutual};
        AuthServer server(co_await this_coro::executor, options);
        for (const std::string& message :
             {std::string("hello"), std::string(), std::string(3'000'000, 'x')}) {
            const std::string output =
                co_await talk_to(server.address(), mac_of(), options, message);
            BOOST_TEST((output == message), "of " << message.size() << " bytes, the client printed "
                                                  << in_quotes(output));
        }
        co_await server.end();
    }
}

ASYNC_TEST_CASE(the_client_says_that_it_was_refused) {
    for (const bool mutual : {false, true}) {
        const Options options = {.mutual = mutual};
        AuthServer server(co_await this_coro::executor, options);
        const std::string refused = "authenticate with " + to_string(server.address()) + ": " +
                                    make_error_code(Error::hung_up).message();
        for (int digest = 0; digest < 2; ++digest) {
            Mac mac = digest == 0 ? mac_of("a guess") : mac_of(secret, Digest::sha3_256);
            const std::string outcome = co_await talk_to(server.address(), std::move(mac), options);
            BOOST_TEST(outcome == refused);
        }
        co_await server.end();
    }
}

ASYNC_TEST_CASE(a_client_with_nothing_to_send_learns_of_no_refusal_in_the_plain_form) {
    const Log log;
    AuthServer server(co_await this_coro::executor);
    for (int i = 0; i < 20; ++i) {
        const std::string outcome = co_await talk_to(server.address(), mac_of("a guess"), {}, "");
        BOOST_TEST(outcome == "", "whoever is first to end, the outcome is the same");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_refusal_is_one_line_that_tells_no_secret) {
    const Log log;
    AuthServer server(co_await this_coro::executor, {.handshake_timeout = 5s});
    std::string expected;
    const auto refused = [&](const tcp::socket& socket, const std::string& reason) {
        expected += "warning: refused " + to_string(socket.local_endpoint()) + ": " + reason + "\n";
    };
    {
        tcp::socket wrong = co_await server.connect();
        const std::string challenge = co_await receive(wrong, 32);
        co_await send_all(wrong, mac_of_text(challenge, "another key"));
        refused(wrong, make_error_code(Error::wrong_response).message());
        co_await receive_to_end(wrong);
    }
    {
        tcp::socket gone = co_await server.connect();
        co_await receive(gone, 32);
        refused(gone, "End of file");
    }
    co_await settle();
    {
        tcp::socket silent = co_await server.connect();
        co_await receive(silent, 32);
        refused(silent, "Connection timed out");
        co_await advance(6s);
    }
    BOOST_TEST(log.text() == expected);
    co_await server.end();
}

ASYNC_TEST_CASE(serves_ipv6_and_limits_its_connections) {
    AuthServer server(co_await this_coro::executor, {}, {.max_connections = 1}, Digest::sha256,
                      "::1");
    tcp::socket first = co_await server.connect();
    co_await receive(first, 32);
    tcp::socket second = co_await server.connect();
    co_await settle();
    BOOST_TEST(second.available() == 0U,
               "a second client was challenged while one connection at once was allowed");
    first.close();
    const std::string challenge = co_await receive(second, 32);
    co_await send_all(second, mac_of_text(challenge) + "hello");
    co_await expect(second, "hello", "a client that waited is served when a connection ends");
    second.close();
    co_await server.end();
}

ASYNC_TEST_CASE(survives_peers_that_vanish) {
    AuthServer server(co_await this_coro::executor);
    for (const std::size_t size : {0U, 20U, 32U}) {
        tcp::socket socket = co_await server.connect();
        const std::string challenge = co_await receive(socket, 32);
        co_await send_all(socket, mac_of_text(challenge).substr(0, size));
        reset(socket);
    }
    tcp::socket socket = co_await authenticated_socket(server);
    socket.close();
    co_await server.end();
}

ASYNC_TEST_CASE(hangs_up_on_an_idle_client) {
    AuthServer server(co_await this_coro::executor, {}, {.idle_timeout = 30s});
    tcp::socket socket = co_await authenticated_socket(server);
    co_await settle();
    co_await advance(31s);
    co_await expect_eof(socket, "a client that is silent for the idle timeout is disconnected");
    socket.close();
    co_await server.end();
}

ASYNC_TEST_CASE(ends_at_once_when_it_is_told_to) {
    const Log log;
    AuthServer server(co_await this_coro::executor, {.handshake_timeout = 60s},
                      {.drain_timeout = 60s});
    tcp::socket silent = co_await server.connect();
    co_await receive(silent, 32);
    tcp::socket idle = co_await authenticated_socket(server);
    server.stop();
    co_await expect_eof(silent, "a handshake has nothing to finish when the server stops");
    co_await expect_eof(idle, "nor has a client that waits for nothing");
    idle.close();
    co_await server.join();
    BOOST_TEST(log.text() == "", "a server that stops has refused nobody");
}

ASYNC_TEST_CASE(a_relay_passes_the_handshake_on_and_changes_the_rest) {
    const auto executor = co_await this_coro::executor;
    for (const bool mutual : {false, true}) {
        const Options options = {.mutual = mutual};
        AuthServer server(executor, options);
        tcp::acceptor acceptor = listen_v4(executor);
        const HostPort between{.port = acceptor.local_endpoint().port()};
        TaskGroup group(executor);
        group.spawn(relay(std::move(acceptor), server.address()));
        const std::string output = co_await talk_to(between, mac_of(), options, "pay 100, thanks");
        BOOST_TEST(output == "pay 900, thanks",
                   "authentication is no protection from a relay: for that there is TLS");
        co_await group.join();
        co_await server.end();
    }
}

ASYNC_TEST_CASE(a_client_keeps_no_copy_of_the_key) {
    BOOST_TEST_REQUIRE(copies_in_memory() == 0U);
    for (const bool mutual : {false, true}) {
        const auto executor = co_await this_coro::executor;
        SocketPair pair = connected_pair(executor);
        SocketStream client(std::move(pair.near));
        SocketStream server(std::move(pair.far));
        std::optional<Mac> servers(std::in_place, rare_key(), Digest::sha256);
        TaskGroup group(executor);
        group.spawn(authenticate_client(server, *servers, {.mutual = mutual}));
        group.spawn(
            authenticate_to_server(client, Mac(rare_key(), Digest::sha256), {.mutual = mutual}));
        co_await group.join();
        BOOST_TEST(copies_in_memory() == 1U,
                   "the server has the key, once; but the client keeps it after its handshake");
        servers.reset();
        BOOST_TEST(copies_in_memory() == 0U, "a Mac that has gone has left its key in memory");
    }
}

BOOST_AUTO_TEST_SUITE_END()
