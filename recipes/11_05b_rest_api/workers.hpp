// Threads that block on the database, so that the event loop does not.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "common/async/asio.hpp"
#include "connection.hpp"

namespace cookbook::rest_api {

/// A few connections, each with a thread, and the queue of what waits for one.
class Workers {
public:
    using Work = std::function<void(Connection&)>;

    /// Opens the connections. Throws DatabaseError. At most `max_queue` pieces of work wait.
    Workers(const DatabaseUrl& url, std::size_t connections, std::size_t max_queue);
    /// Interrupts what is under way, and drops what waits.
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Runs `work`, which must own all that it refers to, on one of the threads, and returns what
    /// it returns. Throws what it throws; DatabaseError if the queue is full, or if it takes longer
    /// than `limit`: it is interrupted then, and nobody waits for it any more.
    template <typename T>
    asio::awaitable<T> run(std::function<T(Connection&)> work, std::chrono::milliseconds limit) {
        const auto result = std::make_shared<std::optional<T>>();
        co_await run_job([result, work = std::move(work)](
                             Connection& connection) { result->emplace(work(connection)); },
                         limit);
        co_return std::move(**result);
    }

private:
    struct Job;

    asio::awaitable<void> run_job(Work work, std::chrono::milliseconds limit);
    void push(std::shared_ptr<Job> job);
    std::shared_ptr<Job> pop();
    void serve(Connection& connection);

    const std::size_t max_queue_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::shared_ptr<Job>> queue_;
    bool ends_ = false;
    std::size_t running_ = 0;  // threads
    std::vector<std::thread> threads_;
};

}  // namespace cookbook::rest_api
