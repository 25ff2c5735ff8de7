// The worker: takes connections that a server has accepted, and echoes.
#pragma once

#include <cstddef>
#include <deque>

#include "common/async/asio.hpp"
#include "common/async/task_group.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/serve.hpp"
#include "greeting.hpp"
#include "report_sender.hpp"

namespace cookbook::fd_passing {

/// Serves connections that one server after another hands over; they outlive the server. Drain it
/// before it is destroyed.
class Worker {
public:
    Worker(const asio::any_io_executor& executor, Limits limits);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() = default;

    /// What to send to a server before work() begins.
    [[nodiscard]] Greeting greet();

    /// Takes connections over `socket` until the server ends, sends anything
    /// else, or the caller is cancelled; then hangs up. Takes as many as it may serve at once; what
    /// comes beyond waits here and in the socket. What is no connected TCP socket is closed and
    /// reported.
    asio::awaitable<void> work(StreamSocket socket);

    /// Waits until all its connections have ended, or the caller is cancelled; then as drain().
    asio::awaitable<void> join();
    /// Tells its connections to end, and waits for that, at most limits.drain_timeout.
    asio::awaitable<void> drain();

private:
    /// A server, and what it has sent that is not taken yet.
    struct Link {
        explicit Link(StreamSocket connected) : socket(std::move(connected)), reports(socket) {}

        StreamSocket socket;
        ReportSender reports;
        std::deque<Descriptor> arrived;  // -1: one that was lost
    };

    asio::awaitable<void> receive(Link& link);
    void take(Link& link);
    asio::awaitable<void> serve_connection(Descriptor connection);

    Limits limits_;
    TaskGroup connections_;
    Link* link_ = nullptr;
    std::size_t ended_ = 0;  // since greet(), without a link to report it on
};

}  // namespace cookbook::fd_passing
