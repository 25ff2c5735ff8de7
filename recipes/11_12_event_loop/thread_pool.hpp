// Threads for what takes long, so that the loop need not wait for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace cookbook::event_loop {

/// Runs jobs on threads of its own, and hands each result to the thread of a loop. The functions
/// below are called on that thread. A worker is started when a job finds none free: as long as a
/// process has one thread only, its system calls cost less.
class ThreadPool {
public:
    using Function = std::function<void()>;
    /// Has the loop's thread call a function, soon. Called by the workers: EventLoop::post().
    using Post = std::function<void(Function)>;

    /// `max_waiting` jobs may wait for a free worker. The loop must outlive the pool.
    ThreadPool(std::size_t max_workers, std::size_t max_waiting, Post post);
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;
    /// Drops the jobs that wait, requests a stop of those that run, and waits for them.
    ~ThreadPool();

    /// Has a worker call `job(stop)`, then the loop's thread `done(result)`. Neither may throw.
    /// Returns false, and calls neither, if too many are waiting.
    template <typename Job, typename Done>
    bool run(Job job, Done done) {
        return submit([job = std::move(job), done = std::move(done)](const std::stop_token& stop) {
            return [done, result = job(stop)] { done(result); };
        });
    }

    /// The jobs whose `done` has not been called yet.
    [[nodiscard]] std::size_t unfinished() const { return unfinished_; }

private:
    /// Does the job, and returns what is to be done with its result.
    using Task = std::function<Function(const std::stop_token&)>;

    bool submit(Task task);
    void start_worker();
    void work();
    bool take(Task& task);

    std::size_t max_workers_;
    std::size_t max_waiting_;
    Post post_;
    std::size_t unfinished_ = 0;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Task> waiting_;
    std::size_t free_ = 0;  // workers without a job
    std::stop_source stop_;
    std::vector<std::jthread> workers_;
};

}  // namespace cookbook::event_loop
