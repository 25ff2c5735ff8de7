// Recipe 11.11, the server, beside workers that die, refuse, answer what was not asked and do not
// report.
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "11_07_messaging/value/value.hpp"
#include "11_11_fd_passing/server.hpp"
#include "11_11_fd_passing/worker.hpp"
#include "11_11_fd_passing_descriptors.hpp"
#include "11_11_fd_passing_server.hpp"
#include "common/async/asio.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/fault_table.hpp"
#include "support/log.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::fd_passing;
using namespace cookbook::testing;
using messaging::Tuple;
using messaging::Value;

Value reporting(int pid = 1, int served = 0) {
    return Tuple{{pid, served}};
}

asio::awaitable<std::vector<tcp::socket>> connect_clients(FdServer& server, std::size_t count) {
    std::vector<tcp::socket> clients;
    for (std::size_t i = 0; i < count; ++i) {
        clients.push_back(co_await server.connect());
    }
    co_return clients;
}

/// Connects, and expects that nobody is accepted.
asio::awaitable<std::vector<tcp::socket>> connect_in_vain(FdServer& server, std::size_t count) {
    const CountCalls calls;
    auto clients = co_await connect_clients(server, count);
    co_await settle();
    BOOST_TEST(calls[Call::accept] + calls[Call::accept4] == 0U,
               "while no worker may be given one the backlog waits: what is accepted now would be "
               "lost if the server died");
    co_return clients;
}

/// How many descriptors the next message has; they are closed.
asio::awaitable<std::size_t> receive_count(StreamSocket& worker) {
    const FdMessage message = co_await receive_message(worker);
    co_return message.descriptors.size();
}

/// Whether something has been sent to the worker, once all is at rest.
asio::awaitable<bool> has_message(StreamSocket& worker) {
    co_await settle();
    co_return worker.available() > 0;
}

asio::awaitable<void> expect_message(StreamSocket& worker, std::size_t count, std::string rule) {
    const std::size_t received = co_await receive_count(worker);
    BOOST_TEST(received == count,
               received << " connections in a message, not " << count << ": " << rule);
}

/// Says hello on a connection that a worker has received.
asio::awaitable<void> greet(const asio::any_io_executor& executor, Descriptor& connection) {
    tcp::socket socket = to_socket(executor, connection);
    co_await send_all(socket, "hello");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fd_passing)

ASYNC_TEST_CASE(hands_a_connection_over) {
    const auto executor = co_await this_coro::executor;
    FdServer server(executor);
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting());
    tcp::socket client = co_await server.connect();
    FdMessage message = co_await receive_message(worker);
    BOOST_TEST_REQUIRE(message.descriptors.size() == 1U);
    co_await send_all(worker, "A");
    co_await settle();
    co_await greet(executor, message.descriptors[0]);
    co_await expect(client, "hello", "the worker talks to the client itself");
    co_await expect_eof(client,
                        "the worker has closed the connection; a copy that the server keeps "
                        "withholds the end of the stream");
    co_await server.end();
}

ASYNC_TEST_CASE(keeps_its_copy_until_the_worker_has_answered) {
    FdServer server(co_await this_coro::executor);
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting());
    tcp::socket client = co_await server.connect();
    co_await receive_count(worker);  // and it is closed there
    co_await settle();
    BOOST_TEST(client.available() == 0U);
    co_await send_all(client, "still there?");
    worker.close();
    StreamSocket other = co_await join_as_worker(server.paths()->workers, reporting(2));
    FdMessage message = co_await receive_message(other);
    BOOST_TEST_REQUIRE(message.descriptors.size() == 1U,
                       "the first worker had not answered: its connection is another's");
    tcp::socket socket = to_socket(other.get_executor(), message.descriptors[0]);
    co_await expect(socket, "still there?", "what the client sent meanwhile is not lost");
    co_await send_all(other, "A");
    co_await server.end();
}

ASYNC_TEST_CASE(connections_that_wait_together_go_in_one_message) {
    FdServer server(co_await this_coro::executor);
    const auto clients = co_await connect_clients(server, 20);
    co_await settle();
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting());
    co_await expect_message(worker, 20, "what was accepted together goes in one message");
    co_await send_all(worker, std::string(20, 'A'));
    co_await server.end();
}

ASYNC_TEST_CASE(accepts_nobody_whom_no_worker_may_take) {
    FdServer server(co_await this_coro::executor);
    const auto early = co_await connect_in_vain(server, 3);
    StreamSocket first = co_await join_as_worker(server.paths()->workers, reporting(1));
    co_await expect_message(first, 3, "the backlog comes when there is a worker");
    co_await send_all(first, "AAA");
    first.close();
    co_await settle();
    const auto late = co_await connect_in_vain(server, 3);
    StreamSocket other = co_await join_as_worker(server.paths()->workers, reporting(2));
    co_await expect_message(other, 3, "or another, when the first has gone");
    co_await send_all(other, "AAN");
    co_await settle();
    const auto last = co_await connect_in_vain(server, 3);
    co_await advance(1001ms);
    co_await expect_message(other, 1, "after a second the worker is asked again");
    co_await expect_message(other, 3, "and there is room for the backlog");
    co_await send_all(other, "AAAA");
    co_await server.end();
}

ASYNC_TEST_CASE(goes_on_when_another_has_accepted_first) {
    FdServer server(co_await this_coro::executor);
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting());
    tcp::socket client(worker.get_executor());
    {
        const FailCalls taken(Call::accept, EAGAIN, 1);
        client = co_await server.connect();
        co_await expect_message(worker, 1, "during a take-over two servers accept");
        BOOST_TEST(taken.struck() == 1);
    }
    co_await send_all(worker, "A");
    co_await server.end();
}

ASYNC_TEST_CASE(is_not_blocked_by_a_connection_that_was_aborted) {
    FdServer server(co_await this_coro::executor);
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting());
    {
        const FailCalls aborted(Call::accept, ECONNABORTED, 1, Where::everywhere(), 1);
        const tcp::socket client = co_await server.connect();
        co_await expect_message(worker, 1, "the one before it");
        co_await settle();
        BOOST_TEST(aborted.struck() == 1);
    }
    co_await send_all(worker, "A");
    co_await server.end();
}

ASYNC_TEST_CASE(a_slow_worker_keeps_64_and_no_more) {
    FdServer server(co_await this_coro::executor);
    StreamSocket slow = co_await join_as_worker(server.paths()->workers, reporting(1));
    const auto clients = co_await connect_clients(server, 70);
    std::size_t received = 0;
    while (received < 64) {
        received += co_await receive_count(slow);
    }
    BOOST_TEST(received == 64U);
    const bool more = co_await has_message(slow);
    BOOST_TEST(!more, "a worker that answers nothing may have 64 connections");
    StreamSocket other = co_await join_as_worker(server.paths()->workers, reporting(2));
    co_await expect_message(other, 6, "the others are for another worker, those 64 are not");
    co_await send_all(slow, std::string(64, 'A'));
    co_await send_all(other, std::string(6, 'A'));
    co_await server.end();
}

ASYNC_TEST_CASE(the_one_with_the_least_to_do_is_next) {
    FdServer server(co_await this_coro::executor);
    StreamSocket busy = co_await join_as_worker(server.paths()->workers, reporting(1, 2));
    StreamSocket idle = co_await join_as_worker(server.paths()->workers, reporting(2));
    for (int i = 0; i < 2; ++i) {
        const tcp::socket client = co_await server.connect();
        co_await expect_message(idle, 1, "who serves 2 connections has more to do");
        co_await send_all(idle, "A");
    }
    co_await send_all(busy, "D");
    co_await settle();
    const tcp::socket client = co_await server.connect();
    co_await expect_message(busy, 1, "1 connection is less than 2");
    co_await send_all(busy, "A");
    co_await server.end();
}

ASYNC_TEST_CASE(a_connection_that_is_not_taken_goes_to_another_worker) {
    FdServer server(co_await this_coro::executor);
    StreamSocket first = co_await join_as_worker(server.paths()->workers, reporting(1));
    StreamSocket other = co_await join_as_worker(server.paths()->workers, reporting(2, 5));
    const tcp::socket client = co_await server.connect();
    co_await expect_message(first, 1, "the other has more to do");
    co_await send_all(first, "N");
    const bool at_once = co_await has_message(first);
    BOOST_TEST(!at_once, "a worker that has not taken a connection is left alone for a second");
    co_await expect_message(other, 1, "what the first has not taken is given to the other");
    co_await send_all(other, "N");
    co_await settle();
    co_await advance(1001ms);
    co_await expect_message(first, 1, "after a second the first one is asked again");
    co_await send_all(first, "A");
    co_await server.end();
}

ASYNC_TEST_CASE(a_message_that_cannot_be_sent_waits) {
    for (const int error : {EAGAIN, ENOBUFS, ETOOMANYREFS}) {
        FdServer server(co_await this_coro::executor);
        StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting(1));
        tcp::socket client(worker.get_executor());
        const auto begin = std::chrono::steady_clock::now();
        {
            const FailCalls full(Call::sendmsg, error, 1);
            client = co_await server.connect();
            co_await settle();
            BOOST_TEST(full.struck() == 1);
        }
        const bool early =
            co_await has_message(worker) && std::chrono::steady_clock::now() < begin + 1s;
        BOOST_TEST(!early, "a worker whose socket is full is left alone for a second");
        co_await advance(1001ms);
        co_await expect_message(worker, 1, "and given the connection then");
        co_await send_all(worker, "A");
        co_await server.end();
    }
}

ASYNC_TEST_CASE(a_worker_killed_in_the_middle_loses_nothing) {
    FdServer server(co_await this_coro::executor);
    const auto clients = co_await connect_clients(server, 5);
    co_await settle();
    StreamSocket first = co_await join_as_worker(server.paths()->workers, reporting(1));
    co_await expect_message(first, 5, "all five");
    co_await send_all(first, "AA");
    const tcp::socket sixth = co_await server.connect();
    co_await settle();
    first.close();  // with a message that it has not read
    StreamSocket other = co_await join_as_worker(server.paths()->workers, reporting(2));
    co_await expect_message(other, 4,
                            "two were answered for and end with the worker; three, and one that it "
                            "never read, are given to another");
    co_await send_all(other, "AAAA");
    const bool more = co_await has_message(other);
    BOOST_TEST(!more, "and nothing twice");
    co_await server.end();
}

ASYNC_TEST_CASE(reports_that_came_before_the_end_count) {
    FdServer server(co_await this_coro::executor);
    const auto clients = co_await connect_clients(server, 2);
    co_await settle();
    StreamSocket first = co_await join_as_worker(server.paths()->workers, reporting(1));
    co_await expect_message(first, 2, "both");
    co_await send_all(first, "AAD");
    first.close();
    StreamSocket other = co_await join_as_worker(server.paths()->workers, reporting(2));
    const bool more = co_await has_message(other);
    BOOST_TEST(!more, "its last answers had not been received when its end was: served twice");
    co_await server.end();
}

ASYNC_TEST_CASE(who_answers_what_was_not_asked_is_hung_up_on) {
    for (const std::string wrong : {"A", "N", "D", "AA", "x", "AD\n"}) {
        FdServer server(co_await this_coro::executor);
        StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting(1));
        std::vector<tcp::socket> clients;
        if (wrong.size() > 1) {
            clients = co_await connect_clients(server, 1);
            co_await receive_count(worker);
        }
        co_await send_all(worker, wrong);
        const Received end = co_await receive_to_end(worker);
        BOOST_TEST(end.data.empty(), in_quotes(wrong) << " answers nothing");
        StreamSocket other = co_await join_as_worker(server.paths()->workers, reporting(2));
        clients.push_back(co_await server.connect());
        co_await expect_message(other, 1, "the server goes on with other workers");
        co_await send_all(other, "A");
        co_await server.end();
    }
}

ASYNC_TEST_CASE(reports_may_come_with_the_greeting) {
    FdServer server(co_await this_coro::executor);
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting(1, 3), "DDD");
    const tcp::socket client = co_await server.connect();
    co_await expect_message(worker, 1, "what comes behind the greeting is a report, too");
    co_await send_all(worker, "A");
    co_await server.end();
}

ASYNC_TEST_CASE(who_does_not_report_is_given_one_after_the_other) {
    FdServer server(co_await this_coro::executor);
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, 4711);
    const auto clients = co_await connect_clients(server, 3);
    co_await settle();
    for (int i = 0; i < 3; ++i) {
        BOOST_TEST(
            worker.available() == 1U,
            "a second message is sent though the first has not been read: if the worker dies, "
            "nobody knows which it has served");
        co_await expect_message(worker, 1, "the original's recv_handle() takes one");
        co_await settle();
        co_await advance(25ms);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_message_that_was_not_read_goes_to_another_worker) {
    FdServer server(co_await this_coro::executor);
    StreamSocket first = co_await join_as_worker(server.paths()->workers, 1);
    std::vector<tcp::socket> clients = co_await connect_clients(server, 1);
    co_await settle();
    first.close();
    co_await settle();
    co_await advance(25ms);
    StreamSocket other = co_await join_as_worker(server.paths()->workers, 2);
    co_await expect_message(
        other, 1,
        "the worker died with the message unread: the kernel has thrown it away, "
        "which looks as if it had been read");
    other.close();
    co_await settle();
    StreamSocket third = co_await join_as_worker(server.paths()->workers, reporting(3));
    const bool again = co_await has_message(third);
    BOOST_TEST(!again, "the second had read it: given away again, the client is served twice");
    co_await server.end();
}

ASYNC_TEST_CASE(strangers_get_no_connections) {
    const Log log;
    FdServer server(co_await this_coro::executor);
    {
        StreamSocket socket = co_await connect(server.paths()->workers);
        SocketConnection connection(std::move(socket), {});
        const auto attempt = [&]() -> asio::awaitable<bool> {
            try {
                co_await connection->authenticate(std::make_shared<Key>("a guess"),
                                                  messaging::Role::client);
            } catch (const boost::system::system_error&) {
                co_return true;
            }
            co_return false;
        };
        const bool refused = co_await attempt();
        BOOST_TEST(refused);
    }
    for (const Value& greeting : std::vector<Value>{"hello", 0, Tuple{{1, -1}}, Tuple{{1, 2, 3}}}) {
        StreamSocket worker = co_await join_as_worker(server.paths()->workers, greeting);
        const Received end = co_await receive_to_end(worker);
        BOOST_TEST((end.error == asio::error::eof), "a greeting that says nothing ends the link");
    }
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting());
    const tcp::socket client = co_await server.connect();
    co_await expect_message(worker, 1, "the server goes on");
    co_await send_all(worker, "A");
    co_await server.end();
    BOOST_TEST(log.text().find("neither a pid nor (pid, connections)") != std::string::npos);
    BOOST_TEST(log.text().find("peekaboo") == std::string::npos, "a key is never logged");
}

ASYNC_TEST_CASE(the_log_says_which_worker_got_what) {
    const Log log;
    FdServer server(co_await this_coro::executor);
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting(4711));
    const tcp::socket client = co_await server.connect();
    co_await receive_count(worker);
    co_await send_all(worker, "A");
    co_await server.end();
    const std::string line = "worker 4711 gets " + to_string(client.local_endpoint()) + "\n";
    BOOST_TEST(log.text().find(line) != std::string::npos, log.text());
}

ASYNC_TEST_CASE(what_was_accepted_is_taken_before_the_end) {
    FdServer server(co_await this_coro::executor);
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting(1));
    const auto clients = co_await connect_clients(server, 2);
    std::size_t received = 0;
    while (received < 2) {
        received += co_await receive_count(worker);
    }
    server.stop();
    co_await settle();
    BOOST_TEST(!server.ended(), "two connections have no answer: the server waits for it");
    co_await send_all(worker, "A");
    worker.close();
    co_await settle();
    BOOST_TEST(!server.ended(), "one has lost its worker: the server waits for another");
    StreamSocket other = co_await join_as_worker(server.paths()->workers, reporting(2));
    co_await expect_message(other, 1, "what the first owed");
    co_await send_all(other, "A");
    co_await expect_eof(other, "when all is taken, the server hangs up on its workers");
    co_await server.join();
}

ASYNC_TEST_CASE(waits_no_longer_than_the_drain_for_answers) {
    FdServer server(co_await this_coro::executor, {.drain_timeout = 30s});
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting(1));
    StreamSocket other = co_await join_as_worker(server.paths()->workers, reporting(2, 9));
    const tcp::socket client = co_await server.connect();
    co_await receive_count(worker);
    server.stop();
    co_await settle();
    co_await advance(20s);
    BOOST_TEST(!server.ended());
    co_await advance(11s);
    co_await server.join();
    const Received rest = co_await receive_to_end(other);
    BOOST_TEST(rest.data.empty(),
               "what the first can still read from its socket was given to another at the end");
}

ASYNC_TEST_CASE(serves_ipv6) {
    const auto executor = co_await this_coro::executor;
    FdServer server(executor, {}, "::1");
    StreamSocket socket = co_await join_as_worker(server.paths()->workers, reporting(1));
    Worker worker(executor, {});
    TaskGroup working(executor);
    working.spawn(worker.work(std::move(socket)));
    tcp::socket client = co_await server.connect();
    co_await send_all(client, "hello");
    co_await expect(client, "hello", "a worker serves IPv6 as well");
    client.close();
    co_await server.end();
    co_await working.join();
    co_await worker.join();
}

ASYNC_TEST_CASE(leaves_no_descriptor_behind) {
    const auto executor = co_await this_coro::executor;
    const std::size_t before = open_descriptors();
    {
        FdServer server(executor);
        for (int round = 0; round < 20; ++round) {
            StreamSocket worker = co_await join_as_worker(server.paths()->workers, reporting(1));
            StreamSocket silent = co_await join_as_worker(server.paths()->workers, 2);
            const auto clients = co_await connect_clients(server, 10);
            co_await receive_count(worker);
            co_await send_all(worker, round % 2 == 0 ? "AX" : "N");
        }
        StreamSocket last = co_await join_as_worker(server.paths()->workers, reporting(3));
        co_await settle();
        while (last.available() > 0) {
            const std::size_t count = co_await receive_count(last);
            co_await send_all(last, std::string(count, 'A'));
            co_await settle();
        }
        co_await server.end();
    }
    co_await settle();
    BOOST_TEST(
        open_descriptors() == before,
        "hundreds of connections, and workers that died or lied, have left descriptors open");
}

BOOST_AUTO_TEST_SUITE_END()
