// The examples in the comments of common/ and tests/support/, so that they compile: as they are
// there, each within declarations that make it whole. Nothing here is run.
#include <cerrno>
#include <utility>

#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/async/within.hpp"
#include "common/http/server.hpp"
#include "common/net/serve.hpp"
#include "common/net/tcp.hpp"
#include "support/async_case.hpp"
#include "support/datagram_proxy.hpp"
#include "support/fault_proxy.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/memory_stream.hpp"
#include "support/system_calls.hpp"

namespace cookbook::testing::examples {

asio::awaitable<void> echo(tcp::socket socket);
asio::awaitable<void> copy(tcp::socket& from, tcp::socket& to);
asio::awaitable<std::string> fetch(tcp::endpoint server, std::string request,
                                   std::chrono::milliseconds limit);

void deadline(tcp::socket& socket) {
    Deadline deadline(socket);
    for (;;) {
        deadline.expires_after(30s);
    }
}

asio::awaitable<void> task_group(tcp::socket client, tcp::socket server) {
    TaskGroup group(co_await this_coro::executor);
    group.spawn(copy(client, server));
    group.spawn(copy(server, client));
    co_await group.join();
}

asio::awaitable<void> limit() {
    const tcp::socket socket = co_await within(5s, connect({"localhost", 20000}));
}

asio::awaitable<void> accept_loop(asio::any_io_executor executor) {
    co_await serve(listen(executor, {"::", 20000}), Limits{}, echo);
}

asio::awaitable<void> last_word() {
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
}

asio::awaitable<void> web_server(asio::any_io_executor executor, http::Application application) {
    co_await http::serve(listen(executor, {.port = 8080}), {}, application);
}

ASYNC_TEST_CASE(echoes_what_it_receives) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
}

asio::awaitable<void> proxy(asio::any_io_executor executor, tcp::endpoint server) {
    FaultProxy proxy(executor, server, {.fault = Fault::reset, .after = 5});
    tcp::socket client = co_await connect_to(proxy.endpoint());
}

void datagrams(const asio::any_io_executor& executor, const asio::ip::udp::endpoint& server,
               asio::ip::udp::socket& client) {
    DatagramProxy proxy(executor, server, {.loss = 0.2, .doubled = 0.1, .seed = 7});
    client.connect(proxy.endpoint());
}

void memory(const asio::any_io_executor& executor) {
    auto [near, far] = memory_pair(executor, {.max_read = 1});  // near reads byte by byte
}

asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
    co_return co_await fetch(server, "hello", limit) == "hello";
}

const tcp::endpoint server;

ASYNC_TEST_CASE(survives_every_fault) {
    co_await survive_faults(server, {.request_size = 5, .reply_size = 5}, exchange);
}

void system_calls(std::uint16_t port) {
    FailCalls fail(Call::accept, EMFILE, 3);
    ShortReads byte_by_byte(Where::local_port(port));
    CountCalls calls;
    WatchTransfers transfers;
    BOOST_TEST(fail.struck() == 3);
    BOOST_TEST(calls[Call::accept] < 10, "…accepting spins");
}

}  // namespace cookbook::testing::examples
