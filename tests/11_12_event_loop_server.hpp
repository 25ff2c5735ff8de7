// A server of recipe 11.12, as its tests start and stop it.
#pragma once

#include <sys/ioctl.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <future>
#include <stop_token>
#include <string>
#include <utility>

#include "11_03_udp_server_datagrams.hpp"
#include "11_12_event_loop/services.hpp"
#include "11_12_event_loop/sockets.hpp"
#include "11_12_event_loop_watched.hpp"
#include "common/net/tcp.hpp"
#include "support/async_case.hpp"
#include "support/loopback.hpp"
#include "support/server_thread.hpp"
#include "support/system_calls.hpp"

namespace cookbook::testing {

enum class StopFirst { no, yes };

/// A server on one of the loops, on a thread of its own. Its drain is short unless the case sets
/// one.
class LoopServer : public ServerThread<> {
public:
    LoopServer(const event_loop::Loop& loop, event_loop::Options options,
               const std::string& host = "127.0.0.1", StopFirst stop_first = StopFirst::no)
        : loop_(loop) {
        if (options.limits.drain_timeout == Limits{}.drain_timeout) {
            options.limits.drain_timeout = 200ms;
        }
        if (stop_first == StopFirst::yes) {
            stop();
        }
        event_loop::Sockets sockets = event_loop::open_sockets(executor(), {.host = host});
        ports_ = event_loop::ports_of(sockets);
        fibonacci_ = ::dup(sockets.fibonacci.native_handle());
        std::promise<void> promise;
        const std::future<void> begun = promise.get_future();
        start(
            [loop](event_loop::Sockets opened, const event_loop::Options& chosen,
                   std::promise<void> begin, const std::stop_token& stopped) {
                // A server that ends before it begins breaks the promise, which ends the wait too.
                std::promise<void> own = std::move(begin);
                loop.serve(std::move(opened), chosen, stopped, [&] { own.set_value(); });
            },
            std::move(sockets), options, std::move(promise));
        begun.wait();
    }
    ~LoopServer() { ::close(fibonacci_); }
    LoopServer(const LoopServer&) = delete;
    LoopServer& operator=(const LoopServer&) = delete;

    [[nodiscard]] const event_loop::Loop& loop() const { return loop_; }
    [[nodiscard]] const event_loop::Ports& ports() const { return ports_; }
    [[nodiscard]] Where sockets() const { return Where::local_port(ports_.echo); }
    [[nodiscard]] asio::awaitable<tcp::socket> connect() const {
        return connect_to({asio::ip::address_v4::loopback(), ports_.echo});
    }
    [[nodiscard]] udp::endpoint time() const { return endpoint("127.0.0.1", ports_.time); }
    [[nodiscard]] udp::endpoint udp_echo() const { return endpoint("127.0.0.1", ports_.udp_echo); }
    [[nodiscard]] udp::endpoint fibonacci() const {
        return endpoint("127.0.0.1", ports_.fibonacci);
    }

    /// Returns when it has received all requests for computations that were sent to it.
    [[nodiscard]] asio::awaitable<void> receives_all() const {
        const Waiting waiting("the server to receive what was sent to it");
        for (int size = 1; size > 0; co_await pass(1ms)) {
            ::ioctl(fibonacci_, FIONREAD, &size);
        }
    }

private:
    event_loop::Loop loop_;
    event_loop::Ports ports_;
    int fibonacci_;  // the same socket once more
};

}  // namespace cookbook::testing

/// One body, four cases.
#define CASES_FOR_ALL_LOOPS(name, ...)                     \
    static asio::awaitable<void> name(LoopServer& server); \
    ASYNC_TEST_CASE(epoll_##name) {                        \
        LoopServer server(loops[0], {__VA_ARGS__});        \
        co_await name(server);                             \
    }                                                      \
    ASYNC_TEST_CASE(poll_##name) {                         \
        LoopServer server(loops[1], {__VA_ARGS__});        \
        co_await name(server);                             \
    }                                                      \
    ASYNC_TEST_CASE(select_##name) {                       \
        LoopServer server(loops[2], {__VA_ARGS__});        \
        co_await name(server);                             \
    }                                                      \
    ASYNC_TEST_CASE(asio_##name) {                         \
        LoopServer server(loops[3], {__VA_ARGS__});        \
        co_await name(server);                             \
    }                                                      \
    static asio::awaitable<void> name(LoopServer& server)
