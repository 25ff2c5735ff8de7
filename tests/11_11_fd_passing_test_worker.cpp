// Recipe 11.11, the worker, beside servers that send what is no connection, break rules and do not
// read reports.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "11_07_messaging/messaging.hpp"
#include "11_11_fd_passing/join.hpp"
#include "11_11_fd_passing/worker.hpp"
#include "11_11_fd_passing_descriptors.hpp"
#include "11_11_fd_passing_server.hpp"
#include "common/async/asio.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/says.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::fd_passing;
using namespace cookbook::testing;

/// A worker, and the server's end of its link.
class WorkerUnderTest {
public:
    explicit WorkerUnderTest(const asio::any_io_executor& executor, Limits limits = {})
        : worker_(executor, limits), group_(executor), server_(executor) {
        UnixPair pair;
        server_.assign({AF_UNIX, 0}, pair.release_near());
        StreamSocket far(executor, {AF_UNIX, 0}, pair.release_far());
        static_cast<void>(worker_.greet());
        group_.spawn(worker_.work(std::move(far)));
    }

    StreamSocket& server() { return server_; }
    Worker& worker() { return worker_; }
    [[nodiscard]] bool working() const { return group_.size() > 0; }

    /// A client, whose connection has been sent to the worker.
    tcp::socket send_connection() {
        auto [near, far] = connected_pair(server_.get_executor());
        const int descriptor = far.native_handle();
        BOOST_TEST_REQUIRE(!send_fds(server_.native_handle(), {&descriptor, 1}));
        return std::move(near);
    }
    void send(std::span<const int> descriptors) {
        BOOST_TEST_REQUIRE(!send_fds(server_.native_handle(), descriptors));
    }

    /// As the server's end and a signal would.
    void hang_up() { server_.close(); }
    void cancel() { group_.cancel(); }

    asio::awaitable<void> end() {
        error_code closed_already;
        server_.close(closed_already);
        co_await group_.join();
        co_await worker_.drain();
    }

private:
    Worker worker_;
    TaskGroup group_;
    StreamSocket server_;
};

asio::awaitable<void> expect_echo(tcp::socket& client, std::string text) {
    co_await send_all(client, text);
    co_await expect(client, text, "the worker echoes what comes");
}

/// What the socket has brought so far.
asio::awaitable<std::string> reports_so_far(StreamSocket& server) {
    co_await settle();
    const Received received = co_await receive_up_to(server, server.available());
    co_return received.data;
}

/// Descriptors that are no connected TCP sockets.
struct Others {
    Others() {
        std::array<int, 2> ends{};
        BOOST_TEST_REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
        add(ends[0]);
        add(ends[1]);
        add(::open("/dev/null", O_RDWR | O_CLOEXEC));
        add(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        add(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        add(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        add(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ::listen(descriptors.back(), 1);
    }
    void add(int descriptor) {
        owned.emplace_back(descriptor, "no descriptor");
        descriptors.push_back(descriptor);
    }
    std::vector<Descriptor> owned;
    std::vector<int> descriptors;
};

WorkerSettings settings(const Paths& paths, asio::steady_timer::duration retry_timeout) {
    WorkerSettings settings;
    settings.server = paths.workers;
    settings.retry_timeout = retry_timeout;
    return settings;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fd_passing)

ASYNC_TEST_CASE(takes_serves_and_reports) {
    WorkerUnderTest worker(co_await this_coro::executor);
    tcp::socket client = worker.send_connection();
    co_await expect(worker.server(), "A", "taken: the worker answers before it reads");
    co_await expect_echo(client, "hello");
    client.close();
    co_await expect(worker.server(), "D", "the connection has ended");
    co_await worker.end();
}

ASYNC_TEST_CASE(answers_before_it_reads) {
    WorkerUnderTest worker(co_await this_coro::executor);
    auto [near, far] = connected_pair(co_await this_coro::executor);
    co_await send_all(near, "hello");
    const int descriptor = far.native_handle();
    const FailCalls stuck(Call::send, EAGAIN, FailCalls::always,
                          Where::descriptor(worker.server().native_handle()));
    worker.send({&descriptor, 1});
    co_await expect(worker.server(), "A", "the answer does not wait for the client");
    co_await expect(near, "hello", "what came before it was handed over is served");
    near.close();
    far.close();
    co_await worker.end();
}

ASYNC_TEST_CASE(serves_whatever_blocking_mode_a_connection_has) {
    for (const bool non_blocking : {false, true}) {
        WorkerUnderTest worker(co_await this_coro::executor);
        auto [near, far] = connected_pair(co_await this_coro::executor);
        far.native_non_blocking(non_blocking);
        const int descriptor = far.native_handle();
        worker.send({&descriptor, 1});
        far.close();
        tcp::socket other = worker.send_connection();
        co_await expect_echo(other, "one");
        co_await expect_echo(near, "two");
        co_await expect_echo(other, "three");
        near.close();
        other.close();
        co_await worker.end();
    }
}

ASYNC_TEST_CASE(does_not_take_what_is_no_connection) {
    WorkerUnderTest worker(co_await this_coro::executor);
    const std::size_t before = open_descriptors();
    {
        const Others others;
        worker.send(others.descriptors);
        co_await expect(worker.server(), std::string(others.descriptors.size(), 'N'),
                        "pipes, files, datagram, UNIX, unconnected and listening sockets");
    }
    BOOST_TEST(open_descriptors() == before, "and they are closed");
    tcp::socket client = worker.send_connection();
    co_await expect(worker.server(), "A", "it goes on");
    co_await expect_echo(client, "hello");
    client.close();
    co_await worker.end();
}

ASYNC_TEST_CASE(answers_in_the_order_in_which_they_came) {
    WorkerUnderTest worker(co_await this_coro::executor);
    const auto executor = co_await this_coro::executor;
    SocketPair first = connected_pair(executor);
    SocketPair second = connected_pair(executor);
    const OpenFiles file(1);
    const std::array<int, 3> mixed = {first.far.native_handle(), file.descriptors()[0],
                                      second.far.native_handle()};
    worker.send(mixed);
    co_await expect(worker.server(), "ANA", "each answer is for the oldest that has none");
    first.near.close();
    second.near.close();
    first.far.close();
    second.far.close();
    co_await worker.end();
}

ASYNC_TEST_CASE(takes_a_connection_that_was_reset_while_it_waited) {
    WorkerUnderTest worker(co_await this_coro::executor);
    for (const bool unread : {false, true}) {
        auto [near, far] = connected_pair(co_await this_coro::executor);
        if (unread) {
            co_await send_all(near, "hello");
        }
        reset(near);
        co_await settle();
        const int descriptor = far.native_handle();
        worker.send({&descriptor, 1});
        co_await expect(worker.server(), "AD",
                        "a client that has gone is served, in no time: an N would have it go round "
                        "between the workers for ever");
        far.close();
    }
    co_await worker.end();
}

ASYNC_TEST_CASE(takes_no_more_than_it_may_serve) {
    WorkerUnderTest worker(co_await this_coro::executor, {.max_connections = 2});
    const auto executor = co_await this_coro::executor;
    std::vector<SocketPair> pairs;
    std::vector<int> descriptors;
    for (int i = 0; i < 4; ++i) {
        pairs.push_back(connected_pair(executor));
        descriptors.push_back(pairs.back().far.native_handle());
    }
    worker.send(descriptors);
    std::string reports = co_await reports_so_far(worker.server());
    BOOST_TEST(reports == "AA", "two at once, and no answer for the others");
    for (SocketPair& pair : pairs) {
        pair.far.close();
    }
    pairs[0].near.close();
    reports = co_await reports_so_far(worker.server());
    BOOST_TEST(reports == "DA", "when one has ended, the next is taken");
    co_await expect_echo(pairs[2].near, "third");
    for (SocketPair& pair : pairs) {
        pair.near.close();
    }
    co_await worker.end();
}

ASYNC_TEST_CASE(says_which_ones_it_had_no_descriptors_for) {
    WorkerUnderTest worker(co_await this_coro::executor);
    const auto executor = co_await this_coro::executor;
    {
        // UBSan opens a pipe to look at the first object of a class, and remembers what it has
        // seen.
        tcp::socket first = worker.send_connection();
        co_await expect(worker.server(), "A", "there are descriptors still");
        co_await expect_echo(first, "first");
        first.close();
        co_await expect(worker.server(), "D", "the connection has ended");
    }
    std::vector<SocketPair> pairs;
    std::vector<int> descriptors;
    for (int i = 0; i < 4; ++i) {
        pairs.push_back(connected_pair(executor));
        descriptors.push_back(pairs.back().far.native_handle());
    }
    {
        worker.send(descriptors);
        const FewDescriptors few(2);
        co_await expect(worker.server(), "AANN", "two have arrived, two are lost here");
    }
    for (SocketPair& pair : pairs) {
        pair.far.close();
    }
    co_await expect_echo(pairs[1].near, "served");
    pairs.clear();
    co_await worker.end();
}

ASYNC_TEST_CASE(hangs_up_on_a_server_that_breaks_a_rule) {
    for (const std::size_t count : {0U, 1U, 3U}) {
        WorkerUnderTest worker(co_await this_coro::executor);
        const std::size_t before = open_descriptors();
        tcp::socket client = worker.send_connection();
        co_await expect(worker.server(), "A", "before");
        {
            const OpenFiles files(count);
            BOOST_TEST(send_with(worker.server().native_handle(), "\5", files.descriptors()) == 1);
        }
        co_await expect_eof(worker.server(), "a size that lies ends the link");
        BOOST_TEST(!worker.working());
        BOOST_TEST(open_descriptors() == before + 1, "what came with it is closed");
        co_await expect_echo(client, "but connections that are served go on");
        client.close();
        co_await worker.end();
    }
}

ASYNC_TEST_CASE(serves_what_it_has_when_its_server_dies) {
    WorkerUnderTest worker(co_await this_coro::executor, {.max_connections = 1});
    tcp::socket first = worker.send_connection();
    tcp::socket second = worker.send_connection();
    co_await expect_echo(first, "served");
    worker.hang_up();
    first.close();
    co_await expect_echo(second, "nobody else can serve what a dead server has handed over");
    second.close();
    co_await worker.end();
}

ASYNC_TEST_CASE(gives_back_what_it_has_not_taken_when_it_ends) {
    WorkerUnderTest worker(co_await this_coro::executor, {.max_connections = 1});
    tcp::socket first = worker.send_connection();
    co_await expect(worker.server(), "A", "the first is taken");
    const std::array<tcp::socket, 2> others = {worker.send_connection(), worker.send_connection()};
    co_await settle();
    worker.cancel();
    const Received rest = co_await receive_to_end(worker.server());
    BOOST_TEST((rest.data == "N" && rest.error == asio::error::connection_reset),
               "one that it had received, with an N; one that it had not, with the reset: "
                   << in_quotes(rest.data));
    first.close();
    co_await worker.end();
}

ASYNC_TEST_CASE(a_report_to_a_server_that_is_gone_is_dropped) {
    WorkerUnderTest worker(co_await this_coro::executor, {.max_connections = 1});
    tcp::socket first = worker.send_connection();
    tcp::socket second = worker.send_connection();
    tcp::socket third = worker.send_connection();
    co_await expect(worker.server(), "A", "there is room for one");
    worker.hang_up();
    first.close();
    co_await expect_echo(second, "second");
    {
        const Waiting waiting("a worker that tries again and again to report");
        co_await settle();
    }
    second.close();
    co_await expect_echo(third, "third");
    third.close();
    co_await worker.end();
}

ASYNC_TEST_CASE(a_server_that_reads_no_reports_holds_nobody_up) {
    WorkerUnderTest worker(co_await this_coro::executor);
    const OpenFiles file(1);
    for (int i = 0; i < 1000; ++i) {
        worker.send(file.descriptors());
        if (i % 50 == 0) {
            co_await settle();
        }
    }
    tcp::socket client = worker.send_connection();
    co_await expect_echo(client, "hello");
    co_await expect(worker.server(), std::string(1000, 'N') + "A",
                    "what the socket did not take is sent when there is room");
    client.close();
    co_await worker.end();
}

ASYNC_TEST_CASE(tells_the_next_server_what_it_serves) {
    const auto executor = co_await this_coro::executor;
    WorkerUnderTest under(executor);
    tcp::socket first = under.send_connection();
    tcp::socket second = under.send_connection();
    co_await expect_echo(first, "one");
    co_await expect_echo(second, "two");
    under.hang_up();
    co_await settle();
    const Greeting greeting = under.worker().greet();
    BOOST_TEST(greeting.served == 2U, "the greeting has the connections that it serves already");
    BOOST_TEST(greeting.pid == ::getpid());
    first.close();
    co_await settle();
    UnixPair pair;
    StreamSocket server(executor, {AF_UNIX, 0}, pair.release_near());
    TaskGroup group(executor);
    group.spawn(under.worker().work(StreamSocket(executor, {AF_UNIX, 0}, pair.release_far())));
    co_await expect(server, "D",
                    "and is told of an end between the greeting and its first message");
    second.close();
    co_await expect(server, "D", "ends of connections that another server has handed over count");
    server.close();
    co_await group.join();
    co_await under.end();
}

ASYNC_TEST_CASE(comes_back_when_its_server_ends) {
    const auto executor = co_await this_coro::executor;
    const Paths paths;
    TaskGroup working(executor);
    working.spawn(work(settings(paths, 60s), key));
    std::optional<messaging::Value> greeting;
    for (int round = 0; round < 3; ++round) {
        StreamAcceptor acceptor(listen(executor, paths.workers));
        StreamSocket socket(executor);
        {
            const Waiting waiting("the worker to connect again");
            const auto accepting = [&]() -> asio::awaitable<void> {
                socket = co_await acceptor.async_accept(use_awaitable);
            };
            co_await advance(60ms);
            co_await accepting();
        }
        SocketConnection connection(std::move(socket), {});
        co_await connection->authenticate(key, messaging::Role::listener);
        greeting = co_await connection->recv();
        BOOST_TEST_REQUIRE(greeting.has_value());
        BOOST_TEST((parse_greeting(*greeting).reports == Reports::each));
    }
    working.cancel();
    co_await working.join();
}

ASYNC_TEST_CASE(does_not_keep_a_server_busy_that_hangs_up) {
    const auto executor = co_await this_coro::executor;
    const Paths paths;
    StreamAcceptor acceptor(listen(executor, paths.workers));
    TaskGroup working(executor);
    const auto begin = std::chrono::steady_clock::now();
    working.spawn(work(settings(paths, 60s), key));
    for (int round = 0; round < 5; ++round) {
        const Waiting waiting("the worker to connect again");
        SocketConnection connection(co_await acceptor.async_accept(use_awaitable), {});
        co_await connection->authenticate(key, messaging::Role::listener);
        co_await connection->recv();
    }
    BOOST_TEST((std::chrono::steady_clock::now() - begin >= 4 * 50ms),
               "it comes back at once, and so for ever");
    working.cancel();
    co_await working.join();
}

ASYNC_TEST_CASE(gives_up_when_no_server_comes) {
    const auto executor = co_await this_coro::executor;
    const Paths paths;
    std::string reason;
    const auto attempt = [&]() -> asio::awaitable<void> {
        try {
            co_await work(settings(paths, 100ms), key);
        } catch (const std::system_error& failure) {
            reason = failure.what();
        }
    };
    co_await attempt();
    BOOST_TEST(reason == "connect " + to_string(paths.workers) + ": No such file or directory");
}

ASYNC_TEST_CASE(gives_up_at_once_when_it_is_refused) {
    const auto executor = co_await this_coro::executor;
    FdServer server(executor);
    std::string reason;
    const auto attempt = [&]() -> asio::awaitable<void> {
        try {
            co_await work(settings(*server.paths(), 3600s), std::make_shared<Key>("a guess"));
        } catch (const std::system_error& failure) {
            reason = failure.what();
        }
    };
    co_await attempt();
    BOOST_TEST(reason == "authenticate with " + to_string(server.paths()->workers) +
                             ": the peer refused our key");
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
