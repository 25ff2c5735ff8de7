// 11.3c, get and put: with servers whose packets the test writes.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "11_03c_file_transfer/local_file.hpp"
#include "11_03c_file_transfer/settings.hpp"
#include "11_03c_file_transfer_server.hpp"
#include "support/clock.hpp"
#include "support/failure.hpp"

using namespace cookbook;
using namespace cookbook::file_transfer;
using namespace cookbook::testing;
using namespace std::string_literals;

namespace {

/// The server's two sockets: where requests come, and the transfer's.
struct RawServer {
    explicit RawServer(const asio::any_io_executor& executor)
        : listener(executor), transfer(executor) {}

    [[nodiscard]] ClientSettings settings() const {
        return {.server = {"127.0.0.1", listener.socket.local_endpoint().port()},
                .timeout = patience};
    }
    /// Takes a request, and replies from the other port, after a while.
    asio::awaitable<std::string> take_request(std::string reply) {
        std::string request = co_await listener.receive("a request");
        co_await advance(slow_round_trip);
        transfer.send(reply, listener.other);
        co_return request;
    }

    RawPeer listener;
    RawPeer transfer;
};

/// A client that runs beside the test.
struct RunningClient {
    RunningClient(const asio::any_io_executor& executor, asio::awaitable<void> client)
        : group(executor) {
        group.spawn(run(std::move(client)));
    }
    asio::awaitable<std::string> end() {
        co_await settle();
        co_await advance(1min);  // it stays to repeat its last ACK
        co_await group.join();
        co_return failure;
    }
    asio::awaitable<void> run(asio::awaitable<void> client) {
        failure = co_await what_it_throws(std::move(client));
    }

    std::string failure;
    TaskGroup group;
};

/// Gets the file "a", and sees whether its caller could still be cancelled.
asio::awaitable<void> get_and_look(ClientSettings settings, std::string copy, bool& throws) {
    co_await get(std::move(settings), "a", std::move(copy));
    throws = co_await this_coro::throw_if_cancelled();
}

const std::vector<std::string> asked_by_default = {"blksize", "1428", "windowsize", "16", "tsize"};

}  // namespace

BOOST_AUTO_TEST_SUITE(file_transfer)

ASYNC_TEST_CASE(a_server_without_options_gets_its_way) {
    const TemporaryFolder own;
    RawServer server(co_await this_coro::executor);
    RunningClient client(co_await this_coro::executor,
                         get(server.settings(), "a", own.file("copy")));
    const std::string data = test_bytes(600);
    std::vector<std::string> texts = {"a", "octet"};
    texts.insert(texts.end(), asked_by_default.begin(), asked_by_default.end());
    texts.emplace_back("0");
    BOOST_TEST(co_await server.take_request(data_packet(1, data.substr(0, 512))) == rrq(texts));
    BOOST_TEST(co_await server.transfer.receive("an ACK") == ack_packet(1));
    server.transfer.reply(data_packet(2, data.substr(512)));
    BOOST_TEST(co_await server.transfer.receive("an ACK") == ack_packet(2));
    BOOST_TEST(co_await client.end() == "nothing");
    BOOST_TEST((read_bytes(own.file("copy")) == data));
}

ASYNC_TEST_CASE(puts_as_the_server_wants_it) {
    const TemporaryFolder own;
    write_bytes(own.file("original"), "12345678abc");
    RawServer server(co_await this_coro::executor);
    RunningClient client(co_await this_coro::executor,
                         put(server.settings(), own.file("original"), "b"));
    std::vector<std::string> texts = {"b", "octet"};
    texts.insert(texts.end(), asked_by_default.begin(), asked_by_default.end());
    texts.emplace_back("11");
    BOOST_TEST(co_await server.take_request(packet_of(6, {"blksize", "8", "windowsize", "1"})) ==
               wrq(texts));
    BOOST_TEST(co_await server.transfer.receive("DATA 1") == data_packet(1, "12345678"));
    server.transfer.reply(ack_packet(1));
    BOOST_TEST(co_await server.transfer.receive("DATA 2") == data_packet(2, "abc"));
    server.transfer.reply(ack_packet(2));
    BOOST_TEST(co_await client.end() == "nothing");
}

ASYNC_TEST_CASE(refuses_a_server_that_grants_more) {
    const TemporaryFolder own;
    for (const std::vector<std::string>& granted :
         std::vector<std::vector<std::string>>{{"blksize", "1429"},
                                               {"windowsize", "17"},
                                               {"blksize", "7"},
                                               {"timeout", "1"},
                                               {"multicast", ""}}) {
        RawServer server(co_await this_coro::executor);
        RunningClient client(co_await this_coro::executor,
                             get(server.settings(), "a", own.file("copy")));
        co_await server.take_request(packet_of(6, granted));
        BOOST_TEST(error_code_of(co_await server.transfer.receive("an ERROR")) == 8,
                   granted[0] << " " << granted[1] << " was not refused (RFC 2347)");
        BOOST_TEST((co_await client.end()).starts_with("get a: "));
    }
    BOOST_TEST(count_files(own.file("")) == 0U, "a part of a file is left");
}

ASYNC_TEST_CASE(says_what_the_server_says) {
    const TemporaryFolder own;
    RawServer server(co_await this_coro::executor);
    RunningClient client(co_await this_coro::executor,
                         get(server.settings(), "a", own.file("copy")));
    co_await server.take_request(error_packet(1, "no\x1b[2J\n file"));
    BOOST_TEST(co_await client.end() == "get a: no\\x1b[2J\\x0a file, error 1",
               "what a server says must not command a terminal");
    BOOST_TEST(!has_arrived(server.transfer.socket), "an ERROR was answered");
    BOOST_TEST(count_files(own.file("")) == 0U);
}

ASYNC_TEST_CASE(listens_to_one_server_only) {
    const TemporaryFolder own;
    RawServer server(co_await this_coro::executor);
    RunningClient client(co_await this_coro::executor,
                         get(server.settings(), "a", own.file("copy")));
    co_await server.take_request(data_packet(1, std::string(512, 'x')));
    co_await server.transfer.receive("ACK 1");
    RawPeer stranger(co_await this_coro::executor);
    BOOST_TEST(
        error_code_of(co_await stranger.ask(data_packet(2, "wrong"), server.transfer.other)) == 5);
    server.transfer.reply(data_packet(2, "right"));
    co_await server.transfer.receive("ACK 2");
    BOOST_TEST(co_await client.end() == "nothing");
    BOOST_TEST(read_bytes(own.file("copy")) == std::string(512, 'x') + "right");
}

ASYNC_TEST_CASE(a_stranger_who_has_gone_is_not_the_server) {
    const TemporaryFolder own;
    RawServer server(co_await this_coro::executor);
    RunningClient client(co_await this_coro::executor,
                         get(server.settings(), "a", own.file("copy")));
    co_await server.listener.receive("a request");
    {
        RawPeer stranger(co_await this_coro::executor, "127.0.0.9");
        stranger.send(data_packet(1, "wrong"), server.listener.other);
    }
    co_await settle();  // the client answers, and hears that nobody listens
    server.transfer.send(data_packet(1, "right"), server.listener.other);
    BOOST_TEST(co_await client.end() == "nothing");
    BOOST_TEST(read_bytes(own.file("copy")) == "right");
}

ASYNC_TEST_CASE(an_empty_datagram_is_no_reply) {
    const TemporaryFolder own;
    RawServer server(co_await this_coro::executor);
    RunningClient client(co_await this_coro::executor,
                         get(server.settings(), "a", own.file("copy")));
    co_await server.take_request("");
    BOOST_TEST(error_code_of(co_await server.transfer.receive("an ERROR")) == 4);
    BOOST_TEST(co_await client.end() == "get a: unknown operation");
    BOOST_TEST(count_files(own.file("")) == 0U);
}

ASYNC_TEST_CASE(asks_again_and_gives_up_in_the_end) {
    const TemporaryFolder own;
    RawServer server(co_await this_coro::executor);
    ClientSettings settings = server.settings();
    settings.timeout = 500ms;
    RunningClient client(co_await this_coro::executor, get(settings, "a", own.file("copy")));
    int requests = 0;
    for (int n = 0; n < 120; ++n) {
        co_await settle();
        while (has_arrived(server.listener.socket)) {
            co_await server.listener.receive("a request");
            ++requests;
        }
        co_await advance(100ms);
    }
    BOOST_TEST(requests == 5, "0, 0.5, 1.5, 3.5 and 7.5 s after the beginning");
    BOOST_TEST((co_await client.end()).starts_with("get a: no reply from 127.0.0.1:"));
    BOOST_TEST(count_files(own.file("")) == 0U);
}

ASYNC_TEST_CASE(hears_at_once_that_nobody_listens) {
    ClientSettings settings;
    {
        const RawPeer gone(co_await this_coro::executor);
        settings.server.port = gone.socket.local_endpoint().port();
    }
    const TemporaryFolder own;
    BOOST_TEST(co_await what_it_throws(get(settings, "a", own.file("copy"))) ==
               "get a: " + to_string(settings.server) + ": Connection refused");
}

ASYNC_TEST_CASE(tells_the_server_what_it_cannot_write) {
    RawServer server(co_await this_coro::executor);
    RunningClient client(co_await this_coro::executor, get(server.settings(), "a", "/dev/full"));
    co_await server.take_request(data_packet(1, "whole"));
    BOOST_TEST(co_await server.transfer.receive("an ERROR") == error_packet(3, "the disk is full"),
               "a server that hears nothing waits for its own timeout");
    BOOST_TEST(co_await client.end() == "get a: write /dev/full: No space left on device");
}

ASYNC_TEST_CASE(says_which_file_is_the_trouble) {
    const TemporaryFolder own;
    RawServer server(co_await this_coro::executor);
    BOOST_TEST(co_await what_it_throws(get(server.settings(), "a", own.file("no/copy"))) ==
               "get a: write " + own.file("no/copy") + ": No such file or directory");
    BOOST_TEST(co_await what_it_throws(put(server.settings(), own.file("none"), "b")) ==
               "put " + own.file("none") + " as b: open: No such file or directory");
    BOOST_TEST(
        co_await what_it_throws(put(server.settings(), own.file("none"), own.file("none"))) ==
        "put " + own.file("none") + ": open: No such file or directory");
    BOOST_TEST(co_await what_it_throws(put(server.settings(), own.file(""), "b")) ==
               "put " + own.file("") + " as b: open: Is a directory");
    BOOST_TEST(
        co_await what_it_throws(get(server.settings(), std::string(500, 'n'), own.file("copy"))) ==
        "get " + std::string(500, 'n') + ": the name is too long");
    co_await settle();
    BOOST_TEST(!has_arrived(server.listener.socket), "the server was asked all the same");
}

ASYNC_TEST_CASE(says_under_which_name_a_file_was_refused) {
    const TemporaryFolder own;
    write_bytes(own.file("original"), "whole");
    RawServer server(co_await this_coro::executor);
    RunningClient client(co_await this_coro::executor,
                         put(server.settings(), own.file("original"), "none/new"));
    co_await server.take_request(error_packet(1, "file not found"));
    BOOST_TEST(co_await client.end() ==
               "put " + own.file("original") + " as none/new: file not found, error 1");
}

ASYNC_TEST_CASE(says_which_host_is_not_found) {
    const std::string host(64, 'x');  // longer than a name's part may be: nobody is asked
    BOOST_TEST((co_await what_it_throws(get({.server = {host, 6969}}, "a", "")))
                   .starts_with("get a: " + host + ":6969: "));
}

ASYNC_TEST_CASE(a_signal_ends_the_wait_for_who_writes_to_a_fifo) {
    const TemporaryFolder own;
    BOOST_TEST_REQUIRE(::mkfifo(own.file("fifo").c_str(), 0600) == 0);
    struct sigaction action{};
    struct sigaction before{};
    action.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &action, &before);
    std::jthread sender([to = ::pthread_self()](const std::stop_token& stop) {
        while (!stop.stop_requested()) {  // one that comes before the wait does not end it
            ::pthread_kill(to, SIGUSR1);
            std::this_thread::yield();
        }
    });
    error_code error;
    try {
        co_await put({}, own.file("fifo"), "b");
    } catch (const boost::system::system_error& failure) {
        error = failure.code();
    } catch (const std::exception& failure) {
        fail(failure.what() + std::string(": the end of a program is not a failure"));
    }
    BOOST_TEST(error == asio::error::operation_aborted);
    sender.request_stop();
    sender.join();  // all that it has sent has come
    ::sigaction(SIGUSR1, &before, nullptr);
}

BOOST_AUTO_TEST_CASE(a_file_is_put_under_its_own_name) {
    BOOST_TEST(name_to_put({.name = "", .path = "/a/b.bin"}) == "b.bin");
    BOOST_TEST(name_to_put({.name = "c/d", .path = "/a/b.bin"}) == "c/d");
    BOOST_TEST(name_to_put({.name = "c", .path = "-"}) == "c");
    BOOST_CHECK_THROW(name_to_put({.name = "", .path = "-"}), CLI::ValidationError);
    BOOST_CHECK_THROW(name_to_put({.name = "", .path = "/a/"}), CLI::ValidationError);
}

ASYNC_TEST_CASE(whoever_gets_a_file_can_be_cancelled_later) {
    const TemporaryFolder own;
    RawServer server(co_await this_coro::executor);
    bool throws = false;
    RunningClient client(co_await this_coro::executor,
                         get_and_look(server.settings(), own.file("copy"), throws));
    co_await server.take_request(data_packet(1, "short"));
    BOOST_TEST(co_await client.end() == "nothing");
    BOOST_TEST(throws,
               "the last ACK is repeated whatever comes, but what the caller does next "
               "ends when it is cancelled");
}

BOOST_AUTO_TEST_SUITE_END()
