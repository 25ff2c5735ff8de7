// Recipe 11.11 on networks that are slow, stall, reset, half-close and cut.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "11_11_fd_passing/join.hpp"
#include "11_11_fd_passing_server.hpp"
#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/net/tcp.hpp"
#include "support/ask.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::fd_passing;
using namespace cookbook::testing;

const std::string question = "question " + std::string(1000, 'x');

asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
    SocketStream stream(co_await connect({.port = server.port()}, limit));
    Deadline deadline(stream);
    deadline.expires_after(limit);
    const std::string echo = co_await ask(stream, question);
    co_return echo == question;
}

/// A server with a worker of the recipe's that has come to it.
class Pair {
public:
    explicit Pair(const asio::any_io_executor& executor) : server_(executor), working_(executor) {
        WorkerSettings settings;
        settings.server = server_.paths()->workers;
        settings.limits = {.idle_timeout = 20s, .drain_timeout = 1s};
        working_.spawn(work(std::move(settings), key));
    }
    [[nodiscard]] tcp::endpoint endpoint() const { return server_.endpoint(); }
    asio::awaitable<void> end() {
        working_.cancel();
        co_await working_.join();
        co_await server_.end();
    }

private:
    FdServer server_;
    TaskGroup working_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(fd_passing_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    Pair pair(co_await this_coro::executor);
    co_await settle();
    co_await survive_faults(pair.endpoint(),
                            {.request_size = question.size(), .reply_size = question.size()},
                            exchange);
    co_await pair.end();
}

ASYNC_TEST_CASE(byte_by_byte_both_ways) {
    Pair pair(co_await this_coro::executor);
    co_await settle();
    {
        const Where sockets = Where::local_port(pair.endpoint().port());
        const ShortReads reads(sockets);
        const ShortWrites writes(sockets);
        const bool right = co_await exchange(pair.endpoint(), 5000ms);
        BOOST_TEST(right, "what comes and goes in single bytes was damaged");
    }
    co_await pair.end();
}

ASYNC_TEST_CASE(goes_on_when_descriptors_run_out) {
    Pair pair(co_await this_coro::executor);
    co_await settle();
    {
        tcp::socket waiting = co_await connect_without_descriptors(pair.endpoint());
        co_await send_all(waiting, "hello");
        co_await expect(waiting, "hello", "the connection that waited is served");
    }
    co_await pair.end();
}

BOOST_AUTO_TEST_SUITE_END()
