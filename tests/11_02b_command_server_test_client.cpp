// 11.2b, the client: what it counts, and how it ends. The server here is a script of the test's.
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "11_02b_command_server/client.hpp"
#include "11_02b_command_server/tally.hpp"
#include "common/net/descriptor.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/output.hpp"
#include "support/running_server.hpp"
#include "support/says.hpp"

using namespace cookbook;
using namespace cookbook::command_server;
using namespace cookbook::testing;

namespace {

const std::string a_response = "{\"command\":\"ECHO\",\"result\":\"a\"}\n";
const std::string an_error = "{\"error\":\"empty message\"}\n";
const std::string an_event =
    "{\"event\":\"say\",\"seq\":1,\"from\":\"127.0.0.1:40000\",\"text\":\"error\"}\n";

/// What the client finds wrong with what it sent and got; empty if nothing.
std::string verdict(const std::string& sent, const std::string& received,
                    std::size_t piece = std::string::npos) {
    Tally tally;
    for (std::size_t at = 0; at < sent.size(); at += std::min(piece, sent.size())) {
        tally.add_sent(std::string_view(sent).substr(at, piece));
    }
    for (std::size_t at = 0; at < received.size(); at += std::min(piece, received.size())) {
        tally.add_received(std::string_view(received).substr(at, piece));
    }
    try {
        tally.require_success();
    } catch (const std::runtime_error& failure) {
        return failure.what();
    }
    return {};
}

/// A server that reads to the client's end, sends `script`, and hangs up.
asio::awaitable<void> play(tcp::acceptor acceptor, std::string script) {
    tcp::socket client = co_await acceptor.async_accept(use_awaitable);
    co_await receive_to_end(client);
    co_await send_all(client, std::move(script));
}

/// One that sends `script`, and hangs up.
asio::awaitable<void> hang_up(tcp::acceptor acceptor, std::string script) {
    tcp::socket client = co_await acceptor.async_accept(use_awaitable);
    co_await send_all(client, std::move(script));
    client.shutdown(tcp::socket::shutdown_send);
    co_await receive_to_end(client);
}

/// One that reads to the client's end, and says nothing for ten seconds.
asio::awaitable<void> be_silent_to(tcp::acceptor acceptor) {
    tcp::socket client = co_await acceptor.async_accept(use_awaitable);
    co_await receive_to_end(client);
    co_await settle();
    co_await advance(10s);
}

/// Runs the client to its end: what it printed, and what it throws.
struct Ended {
    std::string output;
    std::string failure;
};

asio::awaitable<Ended> run_client(asio::awaitable<void> client, const Output& output) {
    std::string failure;
    const Waiting waiting("the client to end");
    try {
        co_await std::move(client);
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    co_return Ended{output.text(), failure};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command_server)

BOOST_AUTO_TEST_CASE(a_tally_knows_responses_from_events) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::string::npos}) {
        BOOST_TEST(verdict("", "", piece) == "");
        BOOST_TEST(verdict("ECHO a\n", a_response, piece) == "");
        BOOST_TEST(verdict("ECHO a", a_response, piece) == "",
                   "a last line may lack its line feed");
        BOOST_TEST(verdict("", an_event + an_event, piece) == "");
        BOOST_TEST(verdict("ECHO a\nECHO a\n", a_response + an_event, piece) ==
                       "1 of 2 commands were answered",
                   "an event is no response");
        BOOST_TEST(verdict("a\nb\nc\n", a_response + an_error + a_response, piece) ==
                   "1 of 3 commands failed");
        BOOST_TEST(verdict("a\n", "{\"error\": \"as Python writes it\"}\n", piece) ==
                   "1 of 1 commands failed");
        BOOST_TEST(verdict("a\n", a_response + "{\"comm", piece) == "the last line was cut");
        BOOST_TEST(verdict("a\n", "no JSON\n", piece) == "");
    }
}

BOOST_AUTO_TEST_CASE(a_line_without_end_does_not_fill_the_client_s_memory) {
    Tally tally;
    const std::string megabyte(1 << 20, 'x');
    const auto add = [&] {
        for (int n = 0; n < 20; ++n) {
            tally.add_received(megabyte);
        }
    };
    BOOST_CHECK_EXCEPTION(add(), std::runtime_error,
                          says("the server sends a line that does not end"));
}

ASYNC_TEST_CASE(prints_every_line_and_then_says_what_failed) {
    const std::string script = a_response + an_event + an_error;
    RunningServer server(co_await this_coro::executor, {},
                         [&](tcp::acceptor acceptor) { return play(std::move(acceptor), script); });
    const Output output;
    const Ended ended = co_await run_client(
        send_commands(server.address(), {"ECHO a", ""}, output.file(), 10s), output);
    BOOST_TEST(ended.output == script);
    BOOST_TEST(ended.failure == "1 of 2 commands failed");
    co_await server.join();
}

ASYNC_TEST_CASE(a_server_that_hangs_up_early_is_a_failure) {
    RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return play(std::move(acceptor), a_response);
    });
    const Output output;
    const Ended ended = co_await run_client(
        send_commands(server.address(), {"ECHO a", "QUIT"}, output.file(), 10s), output);
    BOOST_TEST(ended.output == a_response);
    BOOST_TEST(ended.failure == "1 of 2 commands were answered");
    co_await server.join();
}

ASYNC_TEST_CASE(sends_the_lines_of_its_input) {
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::pipe(ends.data()) == 0);
    const Descriptor input(ends[0]);
    {
        const Descriptor writer(ends[1]);
        const std::string text = "ECHO a\nECHO a";
        BOOST_TEST_REQUIRE(::write(writer.get(), text.data(), text.size()) == 13);
    }
    RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return play(std::move(acceptor), a_response + a_response);
    });
    const Output output;
    const Ended ended =
        co_await run_client(send_input(server.address(), input.get(), output.file(), 10s), output);
    BOOST_TEST(ended.output == a_response + a_response);
    BOOST_TEST(ended.failure == "");
    co_await server.join();
}

ASYNC_TEST_CASE(listens_until_the_server_hangs_up) {
    RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
        return hang_up(std::move(acceptor), an_event + a_response + an_event);
    });
    const Output output;
    const Ended ended =
        co_await run_client(listen(server.address(), {"ECHO a"}, output.file(), 10s), output);
    BOOST_TEST(ended.output == an_event + a_response + an_event);
    BOOST_TEST(ended.failure == "");
    co_await server.join();
}

ASYNC_TEST_CASE(gives_up_on_a_silent_server) {
    RunningServer server(co_await this_coro::executor, {}, be_silent_to);
    const Output output;
    const Ended ended = co_await run_client(
        send_commands(server.address(), {"ECHO a"}, output.file(), 10s), output);
    BOOST_TEST(ended.failure == to_string(server.address()) + " was silent for too long");
    co_await server.join();
}

ASYNC_TEST_CASE(says_why_it_cannot_connect) {
    const tcp::socket nobody = bind_v4(co_await this_coro::executor);
    const HostPort address{"127.0.0.1", nobody.local_endpoint().port()};
    const Output output;
    const Ended ended =
        co_await run_client(send_commands(address, {"TIME"}, output.file(), 10s), output);
    BOOST_TEST(ended.failure.starts_with("connect " + to_string(address) + ": Connection refused"),
               ended.failure);
}

BOOST_AUTO_TEST_SUITE_END()
