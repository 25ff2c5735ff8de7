// The four services on a loop of our own.
#include <memory>
#include <utility>

#include "event_loop.hpp"
#include "services.hpp"
#include "tcp_echo.hpp"
#include "thread_pool.hpp"
#include "udp_services.hpp"

namespace cookbook::event_loop {
namespace {

class LoopServer {
public:
    LoopServer(std::unique_ptr<Poller> poller, Sockets sockets, const Options& options)
        : options_(options),
          loop_(std::move(poller)),
          own_{sockets.time.local_endpoint().port(), sockets.udp_echo.local_endpoint().port(),
               sockets.fibonacci.local_endpoint().port()},
          time_(add<TimeService>(std::move(sockets.time))),
          udp_echo_(add<UdpEcho>(std::move(sockets.udp_echo))),
          fibonacci_(
              add<FibonacciService>(std::move(sockets.fibonacci), pool_, options.max_fibonacci)),
          echo_(loop_, std::move(sockets.echo), {options.limits, options.max_unsent},
                [this] { stop_if_drained(); }) {}

    void run(const std::stop_token& stop) {
        const std::stop_callback on_stop(stop, [this] { loop_.post([this] { drain(); }); });
        loop_.run();
    }

private:
    /// Has the loop call a service, which it then owns, when its socket is readable.
    template <typename Service, typename... Arguments>
    int add(udp::socket socket, Arguments&&... arguments) {
        const int descriptor = socket.native_handle();
        loop_.watch(descriptor, Interest::receive,
                    std::make_unique<Service>(std::move(socket), own_,
                                              std::forward<Arguments>(arguments)...));
        return descriptor;
    }

    void drain() {
        draining_ = true;
        for (const int service : {time_, udp_echo_, fibonacci_}) {
            loop_.set_interest(service, Interest::none);  // late replies still leave by its socket
        }
        echo_.drain();
        loop_.after(options_.limits.drain_timeout, [this] { loop_.stop(); });
        stop_if_drained();
    }

    void stop_if_drained() {
        if (draining_ && echo_.connections() == 0 && pool_.unfinished() == 0) {
            loop_.stop();
        }
    }

    Options options_;
    bool draining_ = false;
    EventLoop loop_;
    ThreadPool pool_{options_.workers, options_.max_jobs, [this](ThreadPool::Function finish) {
                         loop_.post([this, finish = std::move(finish)] {
                             finish();
                             stop_if_drained();
                         });
                     }};
    OwnPorts own_;
    int time_;  // the services' descriptors
    int udp_echo_;
    int fibonacci_;
    TcpEcho echo_;
};

void serve_on(std::unique_ptr<Poller> poller, Sockets sockets, const Options& options,
              const std::stop_token& stop, const std::function<void()>& ready) {
    LoopServer server(std::move(poller), std::move(sockets), options);
    ready();
    server.run(stop);
}

}  // namespace

void serve_epoll(Sockets sockets, Options options, std::stop_token stop,
                 std::function<void()> ready) {
    serve_on(make_epoll_poller(), std::move(sockets), options, stop, ready);
}

void serve_poll(Sockets sockets, Options options, std::stop_token stop,
                std::function<void()> ready) {
    serve_on(make_poll_poller(), std::move(sockets), options, stop, ready);
}

void serve_select(Sockets sockets, Options options, std::stop_token stop,
                  std::function<void()> ready) {
    serve_on(make_select_poller(), std::move(sockets), options, stop, ready);
}

}  // namespace cookbook::event_loop
