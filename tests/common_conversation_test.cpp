// common/cli/conversation.hpp: what a client sends and prints, and how it ends.
#include "common/cli/conversation.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/memory_stream.hpp"
#include "support/output.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

/// stdin, with a shell's hand at the other end.
class Input {
public:
    Input() { BOOST_TEST_REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0); }
    ~Input() {
        end();
        ::close(ends_[0]);
    }
    Input(const Input&) = delete;
    Input& operator=(const Input&) = delete;

    [[nodiscard]] int descriptor() const { return ends_[0]; }
    void write(std::string_view text) const {
        BOOST_TEST_REQUIRE(::write(ends_[1], text.data(), text.size()) ==
                           static_cast<ssize_t>(text.size()));
    }
    void end() { ::close(std::exchange(ends_[1], -1)); }

private:
    std::array<int, 2> ends_{};
};

/// How a conversation has ended: "" if well.
asio::awaitable<void> keep_outcome(asio::awaitable<void> conversation, std::string& outcome) {
    const Waiting waiting("the conversation to end");
    try {
        co_await std::move(conversation);
    } catch (const std::exception& failure) {
        outcome = describe(failure);
    }
}

/// A client and, as `server`, the socket that it talks to.
struct Talk {
    explicit Talk(const asio::any_io_executor& executor, asio::steady_timer::duration limit = 1h)
        : Talk(connected_pair(executor), limit) {}
    Talk(SocketPair pair, asio::steady_timer::duration limit)
        : server(std::move(pair.far)),
          stream(std::move(pair.near)),
          conversation(stream, "the server", output.file(), limit),
          group(server.get_executor()) {}

    void send_text(std::string text) {
        group.spawn(keep_outcome(conversation.send_text(std::move(text)), outcome));
    }
    void send_input() {
        group.spawn(keep_outcome(conversation.send_input(input.descriptor()), outcome));
    }

    Output output;
    Input input;
    tcp::socket server;
    SocketStream stream;
    Conversation conversation;
    std::string outcome;
    TaskGroup group;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(common_conversation)

ASYNC_TEST_CASE(sends_a_text_and_ends_its_half) {
    Talk talk(co_await this_coro::executor);
    talk.send_text("hello");
    const Received received = co_await receive_to_end(talk.server);
    BOOST_TEST(received.data == "hello");
    BOOST_TEST(received.error == asio::error::eof, "the client ends its half when all is sent");
    co_await send_all(talk.server, "good day");
    co_await settle();
    BOOST_TEST(talk.group.size() == 1U, "a client goes on reading until the server has ended");
    talk.server.shutdown(tcp::socket::shutdown_send);
    co_await talk.group.join();
    BOOST_TEST(talk.outcome == "");
    BOOST_TEST(talk.output.text() == "good day");
    BOOST_TEST(talk.conversation.complete());
    BOOST_TEST(talk.conversation.sent() == 5U);
    BOOST_TEST(talk.conversation.received() == 8U);
}

ASYNC_TEST_CASE(sends_input_as_it_comes) {
    Talk talk(co_await this_coro::executor);
    talk.send_input();
    for (const std::string piece : {"one", "two", "three"}) {
        talk.input.write(piece);
        co_await expect(talk.server, piece, "what is typed is sent at once");
        co_await send_all(talk.server, piece + "!");
        co_await settle();
        BOOST_TEST(talk.output.text().ends_with(piece + "!"), "what comes is printed at once");
    }
    talk.input.end();
    co_await expect_eof(talk.server, "the end of the input ends our half");
    talk.server.close();
    co_await talk.group.join();
    BOOST_TEST(talk.outcome == "");
    BOOST_TEST(talk.conversation.complete());
}

ASYNC_TEST_CASE(reads_while_it_writes) {
    Talk talk(co_await this_coro::executor);
    const std::string text(50'000'000, 'x');  // more than all buffers on the way
    talk.send_text(text);
    std::string piece(1'000'000, '\0');
    std::size_t size = 0;
    for (error_code end; !end;) {
        const auto [read_error, n] =
            co_await talk.server.async_read_some(asio::buffer(piece), use_nothrow);
        end = read_error;
        size += n;
        co_await asio::async_write(talk.server, asio::buffer(piece, n), use_nothrow);
    }
    talk.server.close();
    co_await talk.group.join();
    BOOST_TEST(talk.outcome == "");
    BOOST_TEST(size == text.size());
    BOOST_TEST(talk.output.text().size() == text.size());
}

ASYNC_TEST_CASE(ends_well_if_the_server_ends_while_it_waits_for_input) {
    Talk talk(co_await this_coro::executor);
    talk.send_input();
    talk.input.write("hello");
    co_await expect(talk.server, "hello", "what is typed is sent at once");
    talk.server.shutdown(tcp::socket::shutdown_send);
    co_await expect_eof(talk.server, "the client ends its half, too");
    co_await talk.group.join();
    BOOST_TEST(talk.outcome == "", "a server that has said all it had is no failure");
    BOOST_TEST(!talk.conversation.complete(), "there may have been more to send");
}

ASYNC_TEST_CASE(has_sent_all_if_there_was_nothing_to_send) {
    for (const bool from_input : {false, true}) {
        const auto executor = co_await this_coro::executor;
        auto [near, far] = memory_pair(executor);
        co_await far->shut_down();  // so the end comes first
        const Output output;
        Input input;
        input.end();
        Conversation conversation(*near, "the server", output.file(), 1h);
        std::string outcome;
        co_await keep_outcome(
            from_input ? conversation.send_input(input.descriptor()) : conversation.send_text(""),
            outcome);
        BOOST_TEST(outcome == "");
        BOOST_TEST(conversation.complete(), "it must not matter who is first to end");
    }
}

ASYNC_TEST_CASE(says_that_the_server_ended_while_it_sent) {
    Talk talk(co_await this_coro::executor);
    talk.send_text(std::string(50'000'000, 'x'));
    co_await settle();
    talk.server.shutdown(tcp::socket::shutdown_send);
    co_await talk.group.join();
    BOOST_TEST(talk.outcome == "send to the server: Broken pipe");
    BOOST_TEST(!talk.conversation.complete());
}

ASYNC_TEST_CASE(says_that_the_server_has_reset_the_connection) {
    for (const std::size_t size : {5U, 50'000'000U}) {
        Talk talk(co_await this_coro::executor);
        talk.send_text(std::string(size, 'x'));
        co_await settle();
        reset(talk.server);
        co_await talk.group.join();
        // The kernel tells only one of two operations under way, and the other that all is over.
        BOOST_TEST(talk.outcome.ends_with(" the server: Connection reset by peer"),
                   "of " << size << " bytes: " << talk.outcome);
    }
}

ASYNC_TEST_CASE(gives_up_on_a_server_that_is_silent) {
    Talk talk(co_await this_coro::executor, 10min);
    talk.send_text("hello");
    co_await expect(talk.server, "hello", "the text is sent");
    co_await settle();
    co_await advance(8min);
    co_await send_all(talk.server, "I think");  // which is progress
    co_await settle();
    co_await advance(8min);
    BOOST_TEST(talk.group.size() == 1U, "a server that has just sent something is not silent");
    co_await advance(3min);
    co_await talk.group.join();
    BOOST_TEST(talk.outcome == "the server was silent for too long");
}

ASYNC_TEST_CASE(gives_up_on_a_server_that_takes_nothing) {
    Talk talk(co_await this_coro::executor, 10s);
    talk.send_text(std::string(50'000'000, 'x'));
    co_await settle();
    co_await advance(11s);
    co_await talk.group.join();
    BOOST_TEST(talk.outcome == "the server was silent for too long");
}

ASYNC_TEST_CASE(waits_for_input_without_a_limit) {
    Talk talk(co_await this_coro::executor, 10s);
    talk.send_input();
    co_await settle();
    co_await advance(100s);
    talk.input.write("hello");
    co_await expect(talk.server, "hello", "a user may think for as long as he likes");
    co_await settle();
    co_await advance(100s);
    talk.input.end();
    co_await expect_eof(talk.server, "the end of the input ends our half");
    talk.server.close();
    co_await talk.group.join();
    BOOST_TEST(talk.outcome == "");
}

ASYNC_TEST_CASE(says_that_its_output_is_full) {
    const auto executor = co_await this_coro::executor;
    SocketPair pair = connected_pair(executor);
    SocketStream stream(std::move(pair.near));
    std::FILE* const full = std::fopen("/dev/full", "w");
    Conversation conversation(stream, "the server", full, 1h);
    co_await send_all(pair.far, "hello");
    std::string outcome;
    co_await keep_outcome(conversation.send_text(""), outcome);
    BOOST_TEST(outcome == "write output: No space left on device");
    std::fclose(full);
}

ASYNC_TEST_CASE(is_cancelled_wherever_it_waits) {
    for (const bool waits_for_input : {false, true}) {
        Talk talk(co_await this_coro::executor);
        waits_for_input ? talk.send_input() : talk.send_text(std::string(50'000'000, 'x'));
        co_await settle();
        talk.group.cancel();
        co_await talk.group.join();
        BOOST_TEST(talk.outcome.ends_with("Operation canceled"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
