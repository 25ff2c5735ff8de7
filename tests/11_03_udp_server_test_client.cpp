// 11.3, how a client asks: on a clock that the test moves, of a server that the test plays.
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "11_03_udp_server/call.hpp"
#include "11_03_udp_server/client.hpp"
#include "11_03_udp_server_datagrams.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::udp_server;
using namespace cookbook::testing;

namespace {

// The clock that the test moves goes on by itself, too: on a busy machine by seconds.
constexpr auto timeout = 60s;
constexpr auto margin = 20s;
constexpr Retries patient = {.timeout = timeout};

/// A client under way, and the server that it asks: a socket in the test's hands.
class Asking {
public:
    explicit Asking(const asio::any_io_executor& executor, Retries retries = patient,
                    std::string host = "127.0.0.1")
        : server(open_peer(executor)),
          caller_({std::move(host), server.local_endpoint().port()}, retries),
          group_(executor) {
        ask(id_one);
    }

    void ask(std::string request) {
        reply.reset();
        group_.spawn(run(std::move(request)));
    }

    /// Waits for a request: the client may have to resolve its server's name, on another thread.
    asio::awaitable<std::vector<Arrival>> next_requests() {
        const Waiting waiting("a request");
        co_await server.async_wait(udp::socket::wait_read, use_awaitable);
        co_await settle();
        co_return requests();
    }

    /// The requests that have come by now, and from where.
    std::vector<Arrival> requests() {
        std::vector<Arrival> result;
        while (has_arrived(server)) {
            Arrival& arrival = result.emplace_back(Arrival{std::string(100, '\0'), {}});
            arrival.data.resize(server.receive_from(asio::buffer(arrival.data), arrival.from));
            client = arrival.from;
        }
        return result;
    }

    void send(const std::string& data) { server.send_to(asio::buffer(data), client); }

    /// The client is done: with a reply, or with an error, "call …: no reply after 4 attempts".
    [[nodiscard]] bool done() const { return group_.size() == 0; }
    asio::awaitable<void> join() {
        const Waiting waiting("the client to end");
        co_await group_.join();
    }

    udp::socket server;
    udp::endpoint client;
    std::optional<std::string> reply;
    std::string error;

private:
    asio::awaitable<void> run(std::string request) {
        try {
            reply = co_await caller_.call(request, [&request](std::string_view datagram) {
                return time_in(datagram, request).has_value();
            });
        } catch (const std::exception& failure) {
            error = describe(failure);
        }
    }

    Caller caller_;
    TaskGroup group_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_server)

// --- Asking again ---

ASYNC_TEST_CASE(asks_again_when_no_reply_comes) {
    Asking asking(co_await this_coro::executor);
    BOOST_TEST((co_await asking.next_requests()).size() == 1U, "the client asks once, and waits");
    co_await advance(timeout + margin);
    const std::vector<Arrival> again = asking.requests();
    BOOST_TEST_REQUIRE(again.size() == 1U,
                       "no reply within the time limit: the request, or the reply, is "
                       "lost, so the client must ask again");
    BOOST_TEST(again[0].data == id_one,
               "it must be the same request, with the same id: " << in_quotes(again[0].data));
    asking.send(id_one + ' ' + a_time);
    co_await asking.join();
    BOOST_TEST(asking.reply.value_or("") == id_one + ' ' + a_time);
}

ASYNC_TEST_CASE(waits_twice_as_long_each_time) {
    Asking asking(co_await this_coro::executor, {.timeout = timeout, .attempts = 4});
    for (const auto wait : {timeout, 2 * timeout, 4 * timeout, 8 * timeout}) {
        const std::size_t count = (co_await asking.next_requests()).size();
        BOOST_TEST_REQUIRE(count == 1U, "one request for each attempt");
        co_await advance(wait - margin);
        BOOST_TEST(asking.requests().empty(),
                   "the client asked again before it had waited "
                       << wait / 1s << " s: each wait is twice as long as the one before, or a "
                       << "thousand clients keep a busy server busy with what it has answered");
        BOOST_TEST(!asking.done(), "the client gave up before " << wait / 1s << " s were over");
        co_await advance(2 * margin);
    }
    BOOST_TEST_REQUIRE(asking.done(), "after four attempts the client goes on waiting");
    co_await asking.join();
    BOOST_TEST(asking.error.ends_with(": no reply after 4 attempts"), asking.error);
    BOOST_TEST(asking.requests().empty(), "four attempts are four requests");
}

ASYNC_TEST_CASE(takes_a_late_reply_to_its_first_attempt) {
    Asking asking(co_await this_coro::executor);
    co_await asking.next_requests();
    co_await advance(timeout + margin);
    asking.send(id_one + ' ' + a_time);  // of the first attempt, while the second waits
    co_await settle();
    BOOST_TEST_REQUIRE(asking.reply.has_value(),
                       "the reply to the first attempt came during the second: it has the "
                       "request's id, and it is the reply");
    co_await asking.join();
}

ASYNC_TEST_CASE(asks_again_though_the_connection_was_refused) {
    const auto executor = co_await this_coro::executor;
    Asking asking(executor);
    co_await asking.next_requests();
    // Connected to another, it refuses the next attempt as if it were closed, and keeps its port.
    const udp::socket another = open_peer(executor);
    asking.server.connect(another.local_endpoint());
    co_await advance(timeout + margin);
    co_await settle();
    BOOST_TEST_REQUIRE(!asking.done(),
                       "the server is being restarted: \"Connection refused\" is an attempt that "
                       "failed, not the end: "
                           << asking.error);
    asking.server.connect(asking.client);
    co_await advance(2 * timeout - 2 * margin);
    BOOST_TEST(asking.requests().empty(), "a refusal must not make the client ask earlier");
    co_await advance(3 * margin);
    BOOST_TEST_REQUIRE(asking.requests().size() == 1U, "the third attempt");
    asking.send(id_one + ' ' + a_time);
    co_await asking.join();
    BOOST_TEST(asking.reply.has_value());
}

ASYNC_TEST_CASE(says_that_the_connection_was_refused) {
    Asking asking(co_await this_coro::executor, {.timeout = 10ms, .attempts = 2});
    asking.server.close();
    for (int n = 0; n < 10 && !asking.done(); ++n) {
        co_await settle();
        co_await advance(10ms);
    }
    co_await asking.join();
    BOOST_TEST(asking.error.ends_with(": Connection refused"), asking.error);
}

ASYNC_TEST_CASE(asks_from_a_new_port_each_time_if_replies_have_no_id) {
    Asking asking(co_await this_coro::executor, {.timeout = timeout, .new_port = true});
    const std::vector<Arrival> first = co_await asking.next_requests();
    co_await advance(timeout + margin);
    const std::vector<Arrival> second = co_await asking.next_requests();
    BOOST_TEST_REQUIRE((first.size() == 1 && second.size() == 1));
    BOOST_TEST(first[0].from.port() != second[0].from.port(),
               "without ids a reply is told from a late one by the port to which it comes");
    asking.send(id_one + ' ' + a_time);
    co_await asking.join();
    BOOST_TEST(asking.reply.has_value());
}

ASYNC_TEST_CASE(asks_the_next_address_of_a_host_if_one_refuses) {
    Asking asking(co_await this_coro::executor, patient,
                  "localhost");  // ::1 perhaps, and 127.0.0.1
    co_await asking.next_requests();
    asking.send(id_one + ' ' + a_time);
    co_await asking.join();
    BOOST_TEST(asking.reply.has_value());
}

ASYNC_TEST_CASE(an_address_that_can_have_no_socket_is_one_that_fails) {
    Asking asking(co_await this_coro::executor);
    const FailCalls no_socket(Call::socket, EMFILE);  // its address is being looked up
    co_await asking.join();
    BOOST_TEST(no_socket.struck() == 1);
    BOOST_TEST(asking.error ==
               "call 127.0.0.1:" + std::to_string(asking.server.local_endpoint().port()) +
                   ": Too many open files");
}

ASYNC_TEST_CASE(says_that_its_output_is_full) {
    const auto executor = co_await this_coro::executor;
    udp::socket server = open_peer(executor);
    std::FILE* const full = std::fopen("/dev/full", "w");
    TaskGroup group(executor);
    group.spawn(print_times({"127.0.0.1", server.local_endpoint().port()}, 1, patient, full));
    const Arrival request = co_await receive_from(server, "a request");
    server.send_to(asio::buffer(request.data + ' ' + a_time), request.from);
    std::string outcome = "nothing";
    try {
        const Waiting waiting("the client to end");
        co_await group.join();
    } catch (const std::system_error& failure) {
        outcome = describe(failure);
    }
    BOOST_TEST(outcome == "write output: No space left on device");
    std::fclose(full);
}

// --- What is not the reply ---

ASYNC_TEST_CASE(ignores_a_late_reply_to_another_request) {
    Asking asking(co_await this_coro::executor);
    co_await asking.next_requests();
    asking.send(id_one + ' ' + a_time);
    asking.send(id_one + ' ' + a_time);  // doubled by the network
    co_await asking.join();
    asking.ask(id_two);  // on the same socket, where the second reply still lies
    co_await settle();
    BOOST_TEST(!asking.reply.has_value(),
               "a doubled reply to the request before was taken for "
               "the reply to this one");
    asking.send(id_two + ' ' + a_time);
    co_await asking.join();
    BOOST_TEST(asking.reply.value_or("") == id_two + ' ' + a_time);
}

ASYNC_TEST_CASE(ignores_datagrams_from_elsewhere) {
    const auto executor = co_await this_coro::executor;
    Asking asking(executor);
    co_await asking.next_requests();
    udp::socket stranger = open_peer(executor);
    stranger.send_to(asio::buffer(id_one + ' ' + a_time), asking.client);
    co_await settle();
    BOOST_TEST(!asking.reply.has_value(),
               "a datagram from another address than the server's was taken for its reply: "
               "connect() the socket");
    asking.send(id_one + ' ' + a_time);
    co_await asking.join();
}

ASYNC_TEST_CASE(waits_no_longer_because_of_what_it_ignores) {
    Asking asking(co_await this_coro::executor, {.timeout = timeout, .attempts = 1});
    co_await asking.next_requests();
    for (int n = 0; n < 8; ++n) {
        asking.send(id_two + ' ' + a_time);
        co_await advance(10s);
    }
    BOOST_TEST_REQUIRE(asking.done(),
                       "the time is over, but the client goes on: what it ignores "
                       "must not begin the wait anew");
    co_await asking.join();
    BOOST_TEST(asking.error.ends_with(": no reply after 1 attempt"), asking.error);
}

ASYNC_TEST_CASE(finds_the_reply_among_others) {
    Asking asking(co_await this_coro::executor, {.timeout = timeout, .attempts = 1});
    co_await asking.next_requests();
    for (const std::string& other :
         {std::string(), std::string("hello"), a_time, id_two + ' ' + a_time, id_one,
          id_one + ' ' + a_time + '\n', std::string(65'507, 'x')}) {
        asking.send(other);
    }
    asking.send(id_one + ' ' + a_time);
    co_await asking.join();
    BOOST_TEST_REQUIRE(asking.reply.has_value(),
                       "an empty datagram, foreign ones, then the reply: the client must go on "
                       "until it comes: "
                           << asking.error);
    BOOST_TEST(*asking.reply == id_one + ' ' + a_time);
}

ASYNC_TEST_CASE(a_client_is_cancelled_wherever_it_waits) {
    for (const auto time : {0s, timeout / 2, timeout + margin}) {
        TaskGroup group(co_await this_coro::executor);
        udp::socket silent = open_peer(co_await this_coro::executor);
        group.spawn(print_times({"127.0.0.1", silent.local_endpoint().port()}, 1, patient, stdout));
        co_await receive(silent, "a request");
        co_await advance(time);
        group.cancel();
        try {
            const Waiting waiting("a cancelled client to end");
            co_await group.join();
            BOOST_TEST(false, "the client ended as if it had its reply");
        } catch (const boost::system::system_error& cancelled) {
            BOOST_TEST(cancelled.code() == asio::error::operation_aborted, cancelled.what());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
