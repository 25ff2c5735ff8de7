// The four services in Asio. io_context is the loop; coroutines take the place of the echo's
// handlers. The UDP services and the pool are the same objects: whoever sees that a socket is
// readable calls handle_receive(), and asio::post() is as good as EventLoop::post().
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <system_error>
#include <utility>

#include "common/async/task_group.hpp"
#include "common/cli/run.hpp"
#include "common/net/echo.hpp"
#include "services.hpp"
#include "thread_pool.hpp"
#include "udp_services.hpp"

namespace cookbook::event_loop {
namespace {

/// The same socket, on the loop of `executor`.
template <typename Socket>
Socket move_to(const asio::any_io_executor& executor, Socket socket) {
    const auto protocol = socket.local_endpoint().protocol();
    return Socket(executor, protocol, socket.release());
}

asio::awaitable<void> echo_to(tcp::socket socket, asio::steady_timer::duration idle_timeout,
                              std::size_t max_unsent) {
    error_code gone;  // if the peer has gone already, the first read reports it
    socket.set_option(tcp::socket::keep_alive(true), gone);
    SocketStream stream(std::move(socket));
    try {
        co_await echo(stream, idle_timeout, max_unsent);
    } catch (const std::system_error& peer_is_gone) {  // no failure, as on the other loops
        spdlog::debug("connection ended: {}", peer_is_gone.what());
    }
}

/// Calls the service whenever its socket is readable, until the caller is cancelled.
asio::awaitable<void> serve_datagrams(UdpService& service) {
    co_await this_coro::throw_if_cancelled(false);
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        const auto [error] =
            co_await service.socket().async_wait(udp::socket::wait_read, use_nothrow);
        if (error && error != asio::error::operation_aborted) {
            throw std::system_error(error, "wait for datagrams");
        }
        if (!error) {
            service.handle_receive();
        }
    }
}

class AsioServer {
public:
    AsioServer(Sockets sockets, const Options& options)
        : options_(options),
          own_{sockets.time.local_endpoint().port(), sockets.udp_echo.local_endpoint().port(),
               sockets.fibonacci.local_endpoint().port()},
          acceptor_(move_to(executor_, std::move(sockets.echo))),
          time_(move_to(executor_, std::move(sockets.time)), own_),
          udp_echo_(move_to(executor_, std::move(sockets.udp_echo)), own_),
          fibonacci_(move_to(executor_, std::move(sockets.fibonacci)), own_, pool_,
                     options.max_fibonacci) {}

    void run(const std::stop_token& stop) { cookbook::run(context_, serve_all(), stop); }

private:
    /// Told to end, the group passes that on to its children, and each ends in its own way.
    asio::awaitable<void> serve_all() {
        TaskGroup services(executor_);
        services.spawn(serve_datagrams(time_));
        services.spawn(serve_datagrams(udp_echo_));
        services.spawn(serve_datagrams(fibonacci_));
        services.spawn(finish_jobs());
        services.spawn(serve(std::move(acceptor_), options_.limits, [this](tcp::socket socket) {
            return echo_to(std::move(socket), options_.limits.idle_timeout, options_.max_unsent);
        }));
        co_await services.join();
    }

    /// Waits for the order to end, then for the computations that are under way.
    asio::awaitable<void> finish_jobs() {
        co_await this_coro::throw_if_cancelled(false);
        const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
        while (cancellation.cancelled() == asio::cancellation_type::none) {
            co_await job_done_.async_wait(use_nothrow);
        }
        job_done_.expires_after(options_.limits.drain_timeout);
        const auto in_time = [this] {
            return asio::steady_timer::clock_type::now() < job_done_.expiry();
        };
        while (pool_.unfinished() > 0 && in_time()) {
            co_await job_done_.async_wait(use_nothrow);
        }
    }

    Options options_;
    asio::io_context context_{1};
    asio::any_io_executor executor_ = context_.get_executor();
    /// Cancelled whenever a job is done, which wakes finish_jobs().
    asio::steady_timer job_done_{executor_, asio::steady_timer::time_point::max()};
    ThreadPool pool_{options_.workers, options_.max_jobs, [this](ThreadPool::Function finish) {
                         asio::post(context_, [this, finish = std::move(finish)] {
                             finish();
                             job_done_.cancel();
                         });
                     }};
    OwnPorts own_;
    tcp::acceptor acceptor_;
    TimeService time_;
    UdpEcho udp_echo_;
    FibonacciService fibonacci_;
};

}  // namespace

void serve_asio(Sockets sockets, Options options, std::stop_token stop,
                std::function<void()> ready) {
    AsioServer server(std::move(sockets), options);
    ready();
    server.run(stop);
}

}  // namespace cookbook::event_loop
