// Recipe 11.11, workers that are forked. The process forks while it has no event loop.
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <utility>

#include "11_11_fd_passing/fork.hpp"
#include "11_11_fd_passing/join.hpp"
#include "11_11_fd_passing/server.hpp"
#include "11_11_fd_passing_descriptors.hpp"
#include "11_11_fd_passing_server.hpp"
#include "common/async/asio.hpp"
#include "common/cli/run.hpp"
#include "support/async_case.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::fd_passing;
using namespace cookbook::testing;

/// A worker that says who it is, and waits for its end.
int say_pid(Descriptor server) {
    const pid_t pid = ::getpid();
    ::send(server.get(), &pid, sizeof pid, MSG_NOSIGNAL);
    char end = 0;
    ::recv(server.get(), &end, 1, 0);
    return 0;
}

/// The next worker's end of its pair, and its pid.
std::pair<Descriptor, pid_t> next_worker(int nursery) {
    auto message = recv_fds(nursery, 1);
    BOOST_TEST_REQUIRE(message.has_value(), "the nursery sends one socket for each worker");
    BOOST_TEST_REQUIRE(message->descriptors.size() == 1U);
    pid_t pid = 0;
    const int socket = message->descriptors[0].get();
    BOOST_TEST_REQUIRE(::recv(socket, &pid, sizeof pid, MSG_WAITALL) == sizeof pid);
    return {std::move(message->descriptors[0]), pid};
}

int echo_for_parent(Descriptor server) {
    run(work_for_parent(std::move(server), {.drain_timeout = 1s}));
    return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fd_passing)

BOOST_AUTO_TEST_CASE(workers_are_forked_and_replaced) {
    const std::size_t before = open_descriptors();
    {
        Nursery nursery({.workers = 2, .grace = 8s}, say_pid);
        const Descriptor socket = nursery.take_socket();
        auto [first_socket, first] = next_worker(socket.get());
        auto [second_socket, second] = next_worker(socket.get());
        BOOST_TEST((first != second && first != ::getpid()));
        ::kill(first, SIGKILL);
        char end = 0;
        BOOST_TEST(::recv(first_socket.get(), &end, 1, 0) == 0,
                   "nobody else holds the worker's end: its death is seen");
        const auto [third_socket, third] = next_worker(socket.get());
        BOOST_TEST((third != first && third != second), "a worker that has died is replaced");
    }
    BOOST_TEST(open_descriptors() == before);
}

BOOST_AUTO_TEST_CASE(workers_end_with_the_server) {
    Descriptor left;
    {
        Nursery nursery({.workers = 1, .grace = 8s}, say_pid);
        Descriptor socket = nursery.take_socket();
        left = next_worker(socket.get()).first;
        socket = Descriptor();
    }
    char end = 0;
    BOOST_TEST(::recv(left.get(), &end, 1, MSG_DONTWAIT) == 0,
               "the destructor returns when all workers have ended");
}

BOOST_AUTO_TEST_CASE(a_child_whose_server_has_ended_already_ends_too) {
    UnixPair pair;
    pair.close_near();
    run_async_case([&] { return work_for_parent(Descriptor(pair.release_far()), {}); });
}

BOOST_AUTO_TEST_CASE(children_serve_what_the_server_accepts) {
    Nursery nursery({.workers = 2, .grace = 1s}, echo_for_parent);
    Descriptor socket = nursery.take_socket();
    run_async_case([&]() -> asio::awaitable<void> {
        const auto executor = co_await this_coro::executor;
        tcp::acceptor acceptor = listen_v4(executor);
        const tcp::endpoint endpoint = acceptor.local_endpoint();
        TaskGroup server(executor);
        server.spawn(serve_with_children(std::move(acceptor), std::move(socket), {}));
        for (int i = 0; i < 10; ++i) {
            tcp::socket client = co_await connect_to(endpoint);
            co_await send_all(client, "hello");
            co_await expect(client, "hello", "a child serves");
        }
        server.cancel();
        co_await server.join();
    });
}

BOOST_AUTO_TEST_SUITE_END()
