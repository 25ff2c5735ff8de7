// Recipe 11.7, whole connections over loopback and UNIX sockets.
#include <array>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_07_messaging/client.hpp"
#include "11_07_messaging/echo.hpp"
#include "11_07_messaging/json/json.hpp"
#include "11_07_messaging/messaging.hpp"
#include "11_07_messaging/pickle/pickle.hpp"
#include "11_07_messaging/wire/handshake.hpp"
#include "11_07_messaging/wire/protocol.hpp"
#include "11_07_messaging_server.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/memory_stream.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::messaging;
using namespace cookbook::testing;
using namespace std::string_literals;

std::string frame(std::string_view message) {
    return encode_header(message.size()) + std::string(message);
}

asio::awaitable<std::string> receive_frame(tcp::socket& socket) {
    const std::string header = co_await receive(socket, 4);
    co_return co_await receive(socket, static_cast<unsigned char>(header[3]));
}

/// The listener's challenge, which a client waits for.
asio::awaitable<std::string> receive_challenge(tcp::socket& socket) {
    const Waiting waiting(
        "the listener to challenge its client: if neither challenges first, both sides wait for "
        "the "
        "other's challenge");
    co_return co_await receive_frame(socket);
}

/// A client that has been challenged and has not answered, every byte of which the test chooses.
asio::awaitable<tcp::socket> challenged_socket(EchoServer& server) {
    tcp::socket socket = co_await server.connect();
    co_await receive_challenge(socket);
    co_return socket;
}

/// One that has gone through the handshake as it should.
asio::awaitable<tcp::socket> authenticated_socket(EchoServer& server) {
    tcp::socket socket = co_await server.connect();
    const std::string challenge = co_await receive_challenge(socket);
    co_await send_all(socket, frame(answer_challenge(*key, challenge, Md5::refused).value()));
    co_await expect(socket, frame(welcome), "a client that knows the key is welcome");
    const std::string ours = make_challenge();
    co_await send_all(socket, frame(ours));
    const std::string answer = co_await receive_frame(socket);
    BOOST_TEST(!check_answer(*key, ours, answer, Md5::refused),
               "the listener's answer to the client's challenge was wrong: both sides prove that "
               "they know the key");
    co_await send_all(socket, frame(welcome));
    co_return socket;
}

asio::awaitable<std::string> failure_of(asio::awaitable<Connection> connecting) {
    try {
        co_await std::move(connecting);
    } catch (const std::system_error& failure) {
        co_return failure.what();
    }
    co_return "none";
}

asio::awaitable<void> expect_echo(Connection& connection, Value value) {
    const std::string sent = to_json(value);
    const Value reply = co_await ask(connection, value);
    BOOST_TEST(to_json(reply) == sent, "sent " << sent << ", received " << to_json(reply));
}

/// Authenticated, the client sends `bytes`, and the server replies.
asio::awaitable<void> expect_reply(std::string reply, std::string bytes, std::string rule) {
    EchoServer server(co_await this_coro::executor);
    tcp::socket socket = co_await authenticated_socket(server);
    co_await send_all(socket, std::move(bytes));
    co_await expect(socket, std::move(reply), std::move(rule));
    socket.close();
    co_await server.end();
}

/// A listener that welcomes its client whatever it answers, and answers without knowing the key.
asio::awaitable<void> welcome_anybody(tcp::acceptor& acceptor, std::string answer) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    co_await send_all(socket, frame(make_challenge()));
    co_await receive_frame(socket);
    co_await send_all(socket, frame(welcome));
    co_await receive_frame(socket);
    co_await send_all(socket, frame(answer));
    co_await expect(socket, frame(failure), "the client finds out that we do not know the key");
    co_await expect_eof(socket, "the client disconnects from a listener without the key");
}

/// What the client says of a server that takes a message, sends `bytes` and ends.
asio::awaitable<std::string> client_beside(std::string bytes, Options options = {}) {
    auto [near, far] = memory_pair(co_await this_coro::executor);
    co_await write_all(*far, asio::buffer(bytes));
    co_await far->shut_down();
    try {
        co_await send_messages(Connection(std::move(near), options), "the server", {"1"});
    } catch (const std::exception& failure) {
        co_return failure.what();
    }
    co_return "none";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(messaging)

// --- Step 4: proving both sides ------------------------------------------------------------------

ASYNC_TEST_CASE(both_sides_prove_that_they_know_the_key) {
    const std::string message = frame(to_pickle("hello"));
    co_await expect_reply(message, message, "an authenticated client is served");
}

ASYNC_TEST_CASE(a_wrong_key_learns_nothing) {
    EchoServer server(co_await this_coro::executor);
    for (const std::string& answer : {"{sha256}" + std::string(32, 'x'), std::string(16, 'x'), "x"s,
                                      ""s, "{sha256}"s, "#WELCOME#"s}) {
        tcp::socket socket = co_await challenged_socket(server);
        co_await send_all(socket, frame(answer));
        co_await expect(socket, frame(failure), "whatever is wrong, the peer is sent #FAILURE#");
        co_await expect_eof(socket, "a peer without the key is disconnected");
    }
    const std::string reason =
        co_await failure_of(connect(server.address(), std::make_shared<Key>("another")));
    const std::string refused = "authenticate with " + to_string(server.address()) + ": " +
                                make_error_code(Error::rejected).message();
    BOOST_TEST(reason == refused,
               "a client with another key ended with '"
                   << reason << "' instead of '" << refused
                   << "': if both sides challenge first, each takes the other's challenge for an "
                      "answer");
    co_await server.end();
}

ASYNC_TEST_CASE(a_client_finds_out_a_listener_without_the_key) {
    const auto executor = co_await this_coro::executor;
    for (const std::string& answer : {"{sha256}" + std::string(32, 'x'), std::string(welcome)}) {
        tcp::acceptor acceptor = listen_v4(executor);
        TaskGroup group(executor);
        group.spawn(welcome_anybody(acceptor, answer));
        const HostPort address{.port = acceptor.local_endpoint().port()};
        const std::string reason = co_await failure_of(connect(address, key));
        BOOST_TEST(reason.starts_with("authenticate with"),
                   "a listener that welcomes everybody need not know the key: it was trusted");
        co_await group.join();
    }
}

ASYNC_TEST_CASE(silent_peers_keep_nobody_waiting_and_are_disconnected) {
    EchoServer server(co_await this_coro::executor, {.handshake_timeout = 5s});
    std::vector<tcp::socket> silent;
    for (int i = 0; i < 20; ++i) {
        silent.push_back(co_await challenged_socket(server));
    }
    Connection connection = co_await connect(server.address(), key);
    co_await expect_echo(connection, "the 21st client");
    co_await send_all(silent[0], "\0"s);  // slow is no better than silent
    co_await advance(6s);
    for (tcp::socket& socket : silent) {
        co_await expect_eof(socket, "the whole handshake has a time limit");
    }
    co_await expect_echo(connection, "still there");
    co_await server.end();
}

ASYNC_TEST_CASE(refuses_a_long_answer_before_it_comes) {
    EchoServer server(co_await this_coro::executor);
    for (const std::string& header : {"\0\0\1\1"s, "\x7f\xff\xff\xff"s, "\xff\xff\xff\xfe"s,
                                      "\xff\xff\xff\xff\0\0\0\1\0\0\0\0"s}) {
        tcp::socket socket = co_await challenged_socket(server);
        co_await send_all(socket, header);
        co_await expect_eof(socket, "no message of the handshake has more than 256 bytes");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_client_forgets_the_key_after_the_handshake) {
    EchoServer server(co_await this_coro::executor);
    auto mine = std::make_shared<const Key>("peekaboo");
    const std::weak_ptr<const Key> watched = mine;
    Connection connection = co_await connect(server.address(), std::move(mine));
    BOOST_TEST(watched.expired(), "the connection still holds the key that it needs no more");
    co_await expect_echo(connection, "still there");
    co_await server.end();
}

// --- Messages ------------------------------------------------------------------------------------

ASYNC_TEST_CASE(echoes_objects_of_every_kind) {
    EchoServer server(co_await this_coro::executor);
    Connection connection = co_await connect(server.address(), key);
    std::vector<Value> values = {None{},
                                 true,
                                 1,
                                 1.5,
                                 "text",
                                 Bytes{"\xff"},
                                 List{{1, 2}},
                                 Tuple{{1}},
                                 Set{{1}},
                                 FrozenSet{},
                                 from_json("1" + std::string(30, '0')),
                                 Dict{{{1, "one"}, {"two", List{}}}},
                                 std::string(1'000'000, 'x')};
    for (const Value& value : values) {
        co_await expect_echo(connection, value);
    }
    co_await expect_echo(connection, List{values});
    co_await server.end();
}

ASYNC_TEST_CASE(takes_the_long_form_for_short_messages) {
    co_await expect_reply(frame("\x80\x04N."), "\xff\xff\xff\xff\0\0\0\0\0\0\0\x04\x80\x04N."s,
                          "CPython takes the long form for any length");
}

ASYNC_TEST_CASE(an_echo_costs_one_send) {
    EchoServer server(co_await this_coro::executor);
    tcp::socket socket = co_await authenticated_socket(server);
    const std::string message = frame(to_pickle(std::string(10'000, 'x')));
    const CountCalls calls(Where::local_port(server.endpoint().port()));
    co_await send_all(socket, message);
    co_await expect(socket, message, "the object comes back");
    BOOST_TEST(calls[Call::sendmsg] + calls[Call::send] + calls[Call::write] == 1U,
               "header and message go out in one write");
    socket.close();
    co_await server.end();
}

ASYNC_TEST_CASE(ten_thousand_messages_in_one_go) {
    EchoServer server(co_await this_coro::executor);
    tcp::socket socket = co_await authenticated_socket(server);
    std::string all;
    for (int i = 0; i < 10'000; ++i) {
        all += frame(to_pickle(i));
    }
    TaskGroup group(co_await this_coro::executor);
    group.spawn(send_all(socket, all));
    co_await expect(socket, all, "every message is sent back, in order");
    co_await group.join();
    socket.close();
    co_await server.end();
}

ASYNC_TEST_CASE(receives_while_it_sends) {
    constexpr Options patient = {.message_timeout = 120s};
    EchoServer server(co_await this_coro::executor, patient);
    Connection connection = co_await connect(server.address(), key, patient);
    TaskGroup group(co_await this_coro::executor);
    // More than all buffers on the way hold: the echo must be read meanwhile.
    const std::string message(std::size_t{10} << 20U, 'x');
    std::string messages;
    for (int i = 0; i < 3; ++i) {
        messages += frame(to_pickle(message));
    }
    group.spawn(connection.send_framed(messages));
    for (int i = 0; i < 3; ++i) {
        const auto reply = co_await connection.recv();
        BOOST_TEST_REQUIRE(reply.has_value());
        BOOST_TEST((reply->as<std::string>() == message));
    }
    co_await group.join();
    co_await server.end();
}

ASYNC_TEST_CASE(knows_what_has_come_already) {
    EchoServer server(co_await this_coro::executor);
    Connection connection = co_await connect(server.address(), key);
    BOOST_TEST(!connection.has_message());
    const std::string two = frame(to_pickle(1)) + frame(to_pickle(2));
    co_await connection.send_framed(two);
    co_await settle();
    co_await connection.recv();
    BOOST_TEST(connection.has_message(), "the second message has come with the first");
    co_await connection.recv();
    BOOST_TEST(!connection.has_message());
    co_await server.end();
}

ASYNC_TEST_CASE(an_idle_limit_can_be_changed_while_it_runs) {
    EchoServer server(co_await this_coro::executor);
    Connection connection = co_await connect(server.address(), key, {.idle_timeout = 10s});
    std::string outcome = "waiting";
    const auto receive = [](Connection& from, std::string& to) -> asio::awaitable<void> {
        try {
            co_await from.recv();
        } catch (const boost::system::system_error& error) {
            to = error.code() == asio::error::timed_out ? "timed out" : error.what();
        }
    };
    TaskGroup group(co_await this_coro::executor);
    group.spawn(receive(connection, outcome));
    co_await settle();
    connection.set_idle_timeout(30s);
    co_await advance(20s);
    BOOST_TEST(outcome == "waiting");
    co_await advance(11s);
    BOOST_TEST(outcome == "timed out");
    co_await group.join();
    co_await server.end();
}

// --- Limits --------------------------------------------------------------------------------------

ASYNC_TEST_CASE(hangs_up_on_a_message_that_is_too_long) {
    EchoServer server(co_await this_coro::executor, {.max_message = 1000});
    tcp::socket socket = co_await authenticated_socket(server);
    co_await send_all(socket, encode_header(1001));
    co_await expect_eof(socket, "a message above the limit is refused by its length");
    Connection connection = co_await connect(server.address(), key);
    co_await expect_echo(connection, std::string(900, 'x'));
    co_await server.end();
}

ASYNC_TEST_CASE(garbage_ends_its_own_connection_only) {
    EchoServer server(co_await this_coro::executor);
    Connection connection = co_await connect(server.address(), key);
    const std::string contains_itself = "\x80\x04]\x94h\0a."s;
    for (const std::string& message : {"not a pickle"s,
                                       "\x80\x04"
                                       "cos\nsystem\n."s,
                                       ""s, contains_itself}) {
        tcp::socket socket = co_await authenticated_socket(server);
        co_await send_all(socket, frame(message));
        co_await expect_eof(socket, "a message that is refused ends the connection");
    }
    co_await expect_echo(connection, "still there");
    co_await server.end();
}

ASYNC_TEST_CASE(hangs_up_on_the_idle_and_on_the_slow) {
    EchoServer server(co_await this_coro::executor, {.message_timeout = 3s}, {.idle_timeout = 60s});
    tcp::socket idle = co_await authenticated_socket(server);
    tcp::socket slow = co_await authenticated_socket(server);
    co_await send_all(slow, "\0\0\0\5h"s);
    co_await settle();
    co_await advance(2s);
    co_await send_all(slow, "e");  // a byte now and then does not buy more time
    co_await settle();
    co_await advance(2s);
    co_await expect_eof(slow, "a whole message has a time limit");
    co_await send_all(idle, frame(to_pickle(1)));
    co_await expect(idle, frame(to_pickle(1)), "60 s between messages are fine");
    co_await advance(61s);
    co_await expect_eof(idle, "a peer that is silent between messages is disconnected");
    co_await server.end();
}

ASYNC_TEST_CASE(a_slow_reader_never_grows_memory) {
    EchoServer server(co_await this_coro::executor, {.message_timeout = 3s});
    tcp::socket socket = co_await authenticated_socket(server);
    const std::string message = frame(to_pickle(Bytes{std::string(1 << 20, 'x')}));
    // We write and never read: at some time the server must stop reading.
    std::size_t written = 0;
    socket.non_blocking(true);
    for (int stuck = 0; stuck < 10;) {
        error_code would_block;
        const std::size_t n =
            socket.write_some(asio::buffer(message) + written % message.size(), would_block);
        written += n;
        stuck = n == 0 ? stuck + 1 : 0;
        BOOST_TEST_REQUIRE(written < 64 * message.size(),
                           "64 MiB were read from a client that reads nothing");
        co_await settle();
    }
    co_await advance(4s);
    const Received rest = co_await receive_to_end(socket);
    BOOST_TEST((rest.error == asio::error::eof || rest.error == asio::error::connection_reset),
               "a peer that reads no replies is disconnected");
    co_await server.end();
}

ASYNC_TEST_CASE(a_message_that_waits_for_its_reader_keeps_no_objects) {
    const auto executor = co_await this_coro::executor;
    auto [near, far] = memory_pair(executor, {.capacity = 1000});
    Connection connection(std::move(near), {});
    const Value objects = List{std::vector<Value>(10'000, Tuple{})};
    TaskGroup group(executor);
    group.spawn(connection.send(objects));
    co_await settle();
    BOOST_TEST(!objects.shared(), "the objects of a message take much more than its bytes do");
    Connection peer(std::move(far), {});
    BOOST_TEST((co_await peer.recv())->as<List>().items.size() == 10'000U);
    co_await group.join();
}

ASYNC_TEST_CASE(allocates_for_what_has_come_not_for_what_is_announced) {
    EchoServer server(co_await this_coro::executor, {.max_message = std::uint64_t{3} << 30U});
    std::vector<tcp::socket> sockets;
    for (int i = 0; i < 20; ++i) {  // 60 GiB, if they were allocated
        sockets.push_back(co_await authenticated_socket(server));
        co_await send_all(sockets.back(), encode_header(std::uint64_t{3} << 30U) + "x");
    }
    co_await settle();
    Connection connection = co_await connect(server.address(), key);
    co_await expect_echo(connection, "still there");
    sockets.clear();
    co_await server.end();
}

// --- Other protocols ----------------------------------------------------------------------------

ASYNC_TEST_CASE(a_released_stream_goes_on_where_the_messages_ended) {
    EchoServer server(co_await this_coro::executor);
    Connection connection = co_await connect(server.address(), key);
    co_await expect_echo(connection, "the last one");
    const std::unique_ptr<Stream> stream = connection.release();
    co_await advance(50s);  // none of the connection's limits is left
    const std::string message = frame(to_pickle("by hand"));
    const std::array<asio::const_buffer, 1> buffers = {asio::buffer(message)};
    const auto [write_error, sent] = co_await stream->write(buffers);
    BOOST_TEST(!write_error, "the stream that was given up: " << write_error.message());
    std::string reply(message.size(), ' ');
    const auto [read_error, size] = co_await stream->read_some(asio::buffer(reply));
    BOOST_TEST((!read_error && size == message.size()));
    BOOST_TEST(reply == message, "the stream does not go on with the message that follows");
    error_code ignored;
    stream->close(ignored);
    co_await server.end();
}

ASYNC_TEST_CASE(what_was_read_ahead_keeps_a_stream_from_being_released) {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen_v4(executor);
    tcp::socket peer(executor);
    co_await peer.async_connect(acceptor.local_endpoint(), use_awaitable);
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
    Connection connection(std::make_unique<SocketStream>(std::move(socket)), {});
    co_await send_all(peer, frame(to_pickle(1)) + frame(to_pickle(2)));
    co_await connection.recv();
    BOOST_CHECK_EXCEPTION(connection.release(), boost::system::system_error,
                          [](const auto& failure) { return failure.code() == Error::unread_data; });
    co_await connection.recv();
    BOOST_TEST(connection.release() != nullptr, "all messages were received");
}

// --- Places --------------------------------------------------------------------------------------

ASYNC_TEST_CASE(serves_ipv6_and_limits_its_connections) {
    EchoServer server(co_await this_coro::executor, {}, {.max_connections = 1}, "::1");
    {
        Connection first = co_await connect(server.address(), key);
        co_await expect_echo(first, 1);
        tcp::socket second = co_await server.connect();
        co_await settle();
        BOOST_TEST(second.available() == 0U, "a second connection was served beside the only one");
    }
    Connection third = co_await connect(server.address(), key);
    co_await expect_echo(third, 3);
    co_await server.end();
}

ASYNC_TEST_CASE(serves_unix_sockets) {
    const auto executor = co_await this_coro::executor;
    const TemporaryFolder folder;
    const std::string path = folder.file("socket");
    for (const UnixAddress& address : {UnixAddress{path}, UnixAddress{"@" + path}}) {
        {
            Listener listener(executor, address, key);
            TaskGroup group(executor);
            group.spawn(listener.serve(Limits{}, echo));
            Connection connection = co_await connect(address, key);
            co_await expect_echo(connection, List{{1, std::string(100'000, 'x')}});
            group.cancel();
            co_await group.join();
        }
        BOOST_TEST(!std::filesystem::exists(path), "the socket's file outlives its server");
    }
}

ASYNC_TEST_CASE(tells_where_it_listens) {
    const auto executor = co_await this_coro::executor;
    const Listener on_tcp(executor, HostPort{.host = "::1"}, key);
    BOOST_TEST(to_string(on_tcp.address()).starts_with("[::1]:"));
    const TemporaryFolder folder;
    const UnixAddress name{"@" + folder.file("socket")};
    const Listener on_unix(executor, name, key);
    BOOST_TEST(to_string(on_unix.address()) == to_string(name));
}

// --- The end -------------------------------------------------------------------------------------

ASYNC_TEST_CASE(finishes_what_it_has_in_hand_before_it_stops) {
    EchoServer server(co_await this_coro::executor);
    tcp::socket idle = co_await authenticated_socket(server);
    tcp::socket busy = co_await authenticated_socket(server);
    const std::string message = frame(to_pickle("the last one"));
    co_await send_all(busy, message.substr(0, 7));
    co_await settle();
    server.stop();
    co_await expect_eof(idle, "a server that stops closes connections that have nothing in hand");
    co_await send_all(busy, message.substr(7));
    co_await expect(busy, message, "a message that was on its way is still sent back");
    co_await expect_eof(busy, "then the connection ends");
    co_await server.join();
}

ASYNC_TEST_CASE(cuts_off_who_does_not_finish) {
    EchoServer server(co_await this_coro::executor, {}, {.drain_timeout = 5s});
    tcp::socket busy = co_await authenticated_socket(server);
    co_await send_all(busy, "\0\0\0\5"s);
    co_await settle();
    server.stop();
    co_await settle();
    BOOST_TEST(!server.stopped());
    co_await advance(6s);
    BOOST_TEST(server.stopped(),
               "a message that never arrives whole keeps the server from stopping");
    co_await server.join();
}

// --- The client of the command line --------------------------------------------------------------

ASYNC_TEST_CASE(the_client_says_whom_it_failed_to_talk_to) {
    BOOST_TEST(co_await client_beside("") ==
               "the server closed the connection instead of replying");
    BOOST_TEST(co_await client_beside(frame("half").substr(0, 6)) ==
               "receive from the server: the peer left in the middle of a message");
    BOOST_TEST(co_await client_beside(frame("[1"), {.codec = Codec::json}) ==
               "receive from the server: JSON refused: incomplete JSON at byte 2");
    BOOST_TEST(co_await client_beside("", {.codec = Codec::bytes}) ==
               "send to the server: expected bytes, not int");
}

BOOST_AUTO_TEST_SUITE_END()
