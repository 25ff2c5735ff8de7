#include "thread_pool.hpp"

#include <spdlog/spdlog.h>

#include <system_error>

namespace cookbook::event_loop {

ThreadPool::ThreadPool(std::size_t max_workers, std::size_t max_waiting, Post post)
    : max_workers_(max_workers), max_waiting_(max_waiting), post_(std::move(post)) {}

ThreadPool::~ThreadPool() {
    stop_.request_stop();  // of all, before the first is waited for
}

bool ThreadPool::submit(Task task) {
    std::unique_lock lock(mutex_);
    if (waiting_.size() >= free_ && workers_.size() < max_workers_) {
        start_worker();
    }
    if (workers_.empty() || waiting_.size() >= free_ + max_waiting_) {
        return false;
    }
    waiting_.push_back(std::move(task));
    ++unfinished_;
    lock.unlock();
    changed_.notify_one();
    return true;
}

void ThreadPool::start_worker() try {
    workers_.emplace_back([this] { work(); });
    ++free_;
} catch (const std::system_error& no_thread) {
    spdlog::error("cannot start a worker: {}", no_thread.what());  // the others will do
}

void ThreadPool::work() {
    for (Task task; take(task);) {
        Function finish = task(stop_.get_token());
        post_([this, finish = std::move(finish)] {
            --unfinished_;
            finish();
        });
        const std::scoped_lock lock(mutex_);
        ++free_;
    }
}

/// Waits for the next job. Returns false once the pool is to end.
bool ThreadPool::take(Task& task) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop_.get_token(), [this] { return !waiting_.empty(); });
    if (stop_.stop_requested()) {
        return false;
    }
    --free_;
    task = std::move(waiting_.front());
    waiting_.pop_front();
    return true;
}

}  // namespace cookbook::event_loop
