// Recipe 11.11, a restart without a gap: who may end when, and what becomes of clients meanwhile.
#include <sys/socket.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "11_07_messaging/value/value.hpp"
#include "11_11_fd_passing/join.hpp"
#include "11_11_fd_passing/take_over.hpp"
#include "11_11_fd_passing_descriptors.hpp"
#include "11_11_fd_passing_server.hpp"
#include "common/async/asio.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::fd_passing;
using namespace cookbook::testing;
using messaging::Tuple;

/// A worker of the recipe's, which comes back to each server.
asio::awaitable<void> work_at(std::shared_ptr<Paths> paths, Limits limits) {
    WorkerSettings settings;
    settings.server = paths->workers;
    settings.retry_timeout = 60s;
    settings.limits = limits;
    co_await work(std::move(settings), key);
}

/// The successor of a server, as the command line starts it.
asio::awaitable<std::unique_ptr<FdServer>> succeed(const FdServer& server) {
    const Waiting waiting("the predecessor to hand its sockets over");
    const auto paths = server.paths();
    Predecessor predecessor = co_await Predecessor::find(paths->control, trust);
    Listening listening = predecessor.take_sockets();
    Control beside = listen_beside(co_await this_coro::executor, paths->control);
    Control control = take_place(std::move(beside), paths->control);
    auto successor = std::make_unique<FdServer>(std::move(listening), std::move(control), paths);
    co_await predecessor.dismiss();
    co_return successor;
}

/// Connects, is served, and leaves, again and again. Counts, and throws if that fails once.
asio::awaitable<void> keep_asking(tcp::endpoint server, const bool& enough, int& served) {
    while (!enough) {
        tcp::socket client = co_await connect_to(server);
        const std::string text = std::to_string(served);
        co_await send_all(client, text);
        client.shutdown(tcp::socket::shutdown_send);
        const Received echo = co_await receive_to_end(client);
        if (echo.data != text || echo.error != asio::error::eof) {
            throw std::runtime_error("a client received " + in_quotes(echo.data) + ", not " +
                                     in_quotes(text) + ": " + echo.error.message());
        }
        ++served;
        asio::steady_timer pause(client.get_executor(), 1ms);  // the servers need some time, too
        co_await pause.async_wait(use_awaitable);
    }
}

/// Connects to a server's control socket, proves to know the key, and asks.
asio::awaitable<StreamSocket> ask_for_sockets(UnixAddress control, messaging::Value request) {
    StreamSocket socket = co_await connect(std::move(control));
    SocketConnection connection(std::move(socket), {});
    co_await connection->authenticate(key, messaging::Role::client);
    co_await connection->send(std::move(request));
    co_return connection.release();
}

asio::awaitable<void> expect_served(FdServer& server, std::string rule) {
    StreamSocket worker = co_await join_as_worker(server.paths()->workers, Tuple{{1, 0}});
    const tcp::socket client = co_await server.connect();
    const FdMessage message = co_await receive_message(worker);
    BOOST_TEST(message.descriptors.size() == 1U, rule);
    co_await send_all(worker, "A");
    co_await settle();
}

/// The reason why a predecessor that sends these descriptors is not taken over from.
asio::awaitable<std::string> failure_with(std::vector<int> descriptors) {
    const auto executor = co_await this_coro::executor;
    const Paths paths;
    StreamAcceptor acceptor(listen(executor, paths.control));
    const auto pretend = [&]() -> asio::awaitable<void> {
        SocketConnection connection(co_await acceptor.async_accept(use_awaitable), {});
        co_await connection->authenticate(key, messaging::Role::listener);
        co_await connection->recv();
        StreamSocket socket = connection.release();
        BOOST_TEST(!send_fds(socket.native_handle(), descriptors));
        co_await receive_to_end(socket);
    };
    TaskGroup group(executor);
    group.spawn(pretend());
    std::string reason = "none";
    try {
        co_await Predecessor::find(paths.control, trust);
    } catch (const std::runtime_error& failure) {
        reason = failure.what();
    }
    co_await group.join();
    const std::string prefix = "take over " + to_string(paths.control) + ": ";
    co_return reason.starts_with(prefix) ? reason.substr(prefix.size()) : reason;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fd_passing)

ASYNC_TEST_CASE(a_successor_gets_both_listening_sockets) {
    FdServer server(co_await this_coro::executor);
    StreamSocket successor = co_await ask_for_sockets(server.paths()->control, "take over");
    const FdMessage message = co_await receive_message(successor);
    BOOST_TEST_REQUIRE(message.descriptors.size() == 2U, "clients' and workers', in one message");
    tcp::acceptor clients(successor.get_executor());
    clients.assign(tcp::v4(), dup(message.descriptors[0].get()));
    BOOST_TEST(clients.local_endpoint() == server.endpoint(), "the first is where clients connect");
    StreamAcceptor workers(successor.get_executor());
    workers.assign({AF_UNIX, 0}, dup(message.descriptors[1].get()));
    BOOST_TEST(to_string(local_address(workers)) == to_string(server.paths()->workers));
    co_await settle();
    BOOST_TEST(!server.ended(), "the successor has not said that it is ready");
    successor.close();
    co_await server.end();
}

ASYNC_TEST_CASE(the_old_server_ends_when_its_successor_is_ready) {
    FdServer server(co_await this_coro::executor);
    StreamSocket successor = co_await ask_for_sockets(server.paths()->control, "take over");
    const FdMessage message = co_await receive_message(successor);
    SocketConnection connection(std::move(successor), {});
    co_await connection->send("ready");
    const Waiting waiting("the server to end");
    co_await server.join();
    BOOST_TEST(std::filesystem::exists(server.paths()->workers.path),
               "the socket file of the workers is its successor's");
    BOOST_TEST(std::filesystem::exists(server.paths()->control.path));
}

ASYNC_TEST_CASE(the_old_server_goes_on_if_its_successor_fails) {
    FdServer server(co_await this_coro::executor);
    {
        const StreamSocket gone = co_await ask_for_sockets(server.paths()->control, "take over");
    }
    co_await expect_served(server, "a successor that asks and leaves has not taken over");
    {
        StreamSocket dies = co_await ask_for_sockets(server.paths()->control, "take over");
        co_await receive_message(dies);
    }
    co_await expect_served(server, "nor has one that dies with the sockets in its hands");
    for (const messaging::Value& wrong : std::vector<messaging::Value>{"Ready", 1, "take over"}) {
        StreamSocket confused = co_await ask_for_sockets(server.paths()->control, "take over");
        co_await receive_message(confused);
        SocketConnection connection(std::move(confused), {});
        co_await connection->send(wrong);
        co_await expect_served(server, "nor one that says something else than \"ready\"");
    }
    for (const messaging::Value& wrong : std::vector<messaging::Value>{"takeover", 1, "ready"}) {
        StreamSocket stranger = co_await ask_for_sockets(server.paths()->control, wrong);
        const Received end = co_await receive_to_end(stranger);
        BOOST_TEST(end.data.empty(), "who asks for something else is sent no sockets");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(a_silent_successor_is_given_up) {
    FdServer server(co_await this_coro::executor);
    StreamSocket silent = co_await ask_for_sockets(server.paths()->control, "take over");
    co_await receive_message(silent);
    co_await settle();
    co_await advance(61s);
    co_await expect_eof(silent, "a successor that does not become ready is hung up on");
    co_await expect_served(server, "and the server goes on");
    co_await server.end();
}

ASYNC_TEST_CASE(only_who_knows_the_key_may_take_over) {
    FdServer server(co_await this_coro::executor);
    std::string reason;
    try {
        co_await Predecessor::find(server.paths()->control, {std::make_shared<Key>("a guess"), {}});
    } catch (const std::system_error& failure) {
        reason = failure.what();
    }
    BOOST_TEST(reason ==
               "take over " + to_string(server.paths()->control) + ": the peer refused our key");
    co_await expect_served(server, "the server goes on");
    co_await server.end();
}

ASYNC_TEST_CASE(nobody_to_take_over_from) {
    const Paths paths;
    std::string reason;
    try {
        co_await Predecessor::find(paths.control, trust);
    } catch (const std::system_error& failure) {
        reason = failure.what();
    }
    BOOST_TEST(reason == "connect " + to_string(paths.control) + ": No such file or directory");
}

ASYNC_TEST_CASE(takes_over_nothing_but_two_listening_sockets) {
    const std::size_t before = open_descriptors();
    {
        const auto executor = co_await this_coro::executor;
        const Paths paths;
        tcp::acceptor clients = listen_v4(executor);
        StreamAcceptor workers(listen(executor, paths.workers));
        SocketPair pair = connected_pair(executor);
        const int tcp_listener = clients.native_handle();
        const int unix_listener = workers.native_handle();
        const OpenFiles files(1);
        for (const std::vector<int>& wrong :
             std::vector<std::vector<int>>{{tcp_listener},
                                           {tcp_listener, unix_listener, unix_listener},
                                           {unix_listener, tcp_listener},
                                           {tcp_listener, tcp_listener},
                                           {tcp_listener, files.descriptors()[0]},
                                           {pair.near.native_handle(), unix_listener}}) {
            const std::string reason = co_await failure_with(wrong);
            BOOST_TEST(reason == "it sent something else than its two listening sockets");
        }
    }
    co_await settle();
    BOOST_TEST(open_descriptors() == before, "and what was sent is closed");
}

ASYNC_TEST_CASE(what_was_handed_over_is_taken_before_the_workers_are_let_go) {
    const auto executor = co_await this_coro::executor;
    FdServer old(executor);
    StreamSocket worker = co_await join_as_worker(old.paths()->workers, Tuple{{1, 0}});
    const tcp::socket client = co_await old.connect();
    co_await receive_message(worker);
    const auto successor = co_await succeed(old);
    co_await settle();
    BOOST_TEST(!old.ended(), "a connection has no answer yet: the old server waits for it");
    const tcp::socket late = co_await old.connect();
    const bool more = worker.available() > 0;
    BOOST_TEST(!more, "but it accepts nobody any more");
    co_await send_all(worker, "A");
    co_await expect_eof(worker, "then it hangs up, and the worker goes to its successor");
    co_await old.join();
    StreamSocket back = co_await join_as_worker(successor->paths()->workers, Tuple{{1, 1}});
    const FdMessage message = co_await receive_message(back);
    BOOST_TEST(message.descriptors.size() == 1U, "who connected meanwhile is served");
    co_await send_all(back, "A");
    co_await successor->end();
    BOOST_TEST(!std::filesystem::exists(old.paths()->workers.path),
               "the last server removes the files");
    BOOST_TEST(!std::filesystem::exists(old.paths()->control.path));
}

ASYNC_TEST_CASE(ten_take_overs_under_load_lose_nobody) {
    const auto executor = co_await this_coro::executor;
    const std::size_t before = open_descriptors();
    {
        auto server = std::make_unique<FdServer>(executor);
        const auto paths = server->paths();
        TaskGroup workers(executor);
        for (int i = 0; i < 2; ++i) {
            workers.spawn(work_at(paths, {.max_connections = 3}));
        }
        bool enough = false;
        std::vector<int> served(6);
        TaskGroup clients(executor);
        for (int& count : served) {
            clients.spawn(keep_asking(server->endpoint(), enough, count));
        }
        tcp::socket patient = co_await server->connect();
        co_await send_all(patient, "one");
        co_await expect(patient, "one", "a connection that stays");
        for (int round = 0; round < 10; ++round) {
            auto successor = co_await succeed(*server);
            {
                const Waiting waiting("the old server to end");
                co_await server->join();
            }
            server = std::move(successor);
            const int some = served[0];
            asio::steady_timer pause(executor);
            while (served[0] < some + 3 && clients.size() == served.size()) {
                pause.expires_after(1ms);
                co_await pause.async_wait(use_awaitable);
            }
        }
        enough = true;
        try {
            co_await clients.join();
        } catch (const std::exception& failure) {
            BOOST_ERROR(failure.what());
        }
        co_await send_all(patient, "two");
        co_await expect(patient, "two", "goes on through ten take-overs");
        patient.close();
        co_await server->end();
        workers.cancel();
        co_await workers.join();
    }
    co_await settle();
    BOOST_TEST(open_descriptors() == before, "no server has left a descriptor open");
}

BOOST_AUTO_TEST_SUITE_END()
