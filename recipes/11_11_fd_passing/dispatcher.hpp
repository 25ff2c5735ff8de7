// Which worker gets which connection, and how it gets it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/async/asio.hpp"
#include "common/net/endpoint.hpp"
#include "greeting.hpp"
#include "worker_link.hpp"

namespace cookbook::fd_passing {

/// Hands connections over to workers: each to the one with the least load, those that go to the
/// same one in one message. What a worker does not take, or owes at its end, goes to others first.
/// All on one thread; it must outlive the coroutines of its workers.
class Dispatcher {
public:
    explicit Dispatcher(const asio::any_io_executor& executor);
    Dispatcher(const Dispatcher&) = delete;
    Dispatcher& operator=(const Dispatcher&) = delete;
    ~Dispatcher() = default;

    /// How many more connections the workers may be given now.
    [[nodiscard]] std::size_t room() const;
    /// Waits until there is room, or until the caller is cancelled. One caller at a time.
    asio::awaitable<void> wait_for_room();

    /// Hands these over, which were accepted together. What finds no worker waits for one.
    void hand_over(std::vector<Client> clients);

    /// Asks workers that were left alone again when they have rested, until the caller is
    /// cancelled.
    asio::awaitable<void> retry_after_rest();

    /// Waits until every connection has been taken, at most for `limit`.
    asio::awaitable<void> wait_until_taken(asio::steady_timer::duration limit);

    /// Gives connections to this worker until it ends, sends what answers nothing, or the caller is
    /// cancelled; then hangs up.
    asio::awaitable<void> serve_worker(StreamSocket socket, Greeting greeting);

private:
    using clock = WorkerLink::clock;

    struct Worker {
        Worker(StreamSocket connected, const Greeting& greeting)
            : socket(std::move(connected)), pid(greeting.pid), link(greeting) {}

        StreamSocket socket;
        std::int64_t pid;
        WorkerLink link;
        std::vector<Client> next;  // for its next message
        std::uint64_t turn = 0;    // the last in which it was given something
        bool usable = true;        // until a message to it fails
        // Cancelled when a message has been sent to it.
        asio::steady_timer sent{socket.get_executor(), asio::steady_timer::time_point::max()};
    };

    [[nodiscard]] std::size_t room_of(const Worker& worker, clock::time_point now) const;
    [[nodiscard]] bool all_taken() const;
    static std::string names(const std::vector<Client>& clients);
    void dispatch();
    bool share_out(clock::time_point now);
    Worker* choose(clock::time_point now);
    void send_next(Worker& worker, clock::time_point now);
    void give_back(std::vector<Client> clients);
    asio::awaitable<void> watch_reading(Worker& worker);
    asio::awaitable<std::optional<LinkEnd>> receive_reports(Worker& worker);

    std::list<Worker> workers_;
    std::deque<Client> waiting_;
    std::uint64_t turn_ = 0;
    // Cancelled when something has changed, and when a worker is left alone: condition variables.
    asio::steady_timer changed_;
    asio::steady_timer rested_;
};

}  // namespace cookbook::fd_passing
