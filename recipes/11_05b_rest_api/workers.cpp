#include "workers.hpp"

#include <boost/asio/post.hpp>
#include <exception>

namespace cookbook::rest_api {

/// A piece of work, which its thread and whoever waits for it share. The last of them frees it.
struct Workers::Job {
    Work work;
    std::mutex mutex = {};
    /// Cancelled when the work has ended. Null once nobody waits: then its loop may be gone, too.
    asio::steady_timer* waiting = nullptr;
    Connection* connection = nullptr;  // while the work runs
    bool has_ended = false;
    std::exception_ptr failure = {};

    /// Whether somebody waits for it, so that it is to be done.
    bool is_wanted() {
        const std::lock_guard lock(mutex);
        return waiting != nullptr;
    }

    /// The same; from now on abandon() interrupts what the connection does.
    bool begin(Connection& with) {
        const std::lock_guard lock(mutex);
        connection = waiting ? &with : nullptr;
        return waiting != nullptr;
    }

    static void end(const std::shared_ptr<Job>& job, std::exception_ptr with) {
        const std::lock_guard lock(job->mutex);
        job->connection = nullptr;
        job->failure = std::move(with);
        job->has_ended = true;
        if (job->waiting) {
            asio::post(job->waiting->get_executor(), [job] {
                if (job->waiting) {  // set by this thread only
                    job->waiting->cancel();
                }
            });
        }
    }

    /// Nobody waits any more, whatever the reason: what still runs is in vain.
    void abandon() {
        const std::lock_guard lock(mutex);
        waiting = nullptr;
        if (connection) {
            connection->interrupt();
        }
    }
};

namespace {

/// Calls `leave` at the end of its block.
template <typename Leave>
class AtEnd {
public:
    explicit AtEnd(Leave leave) : leave_(std::move(leave)) {}
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;
    ~AtEnd() { leave_(); }

private:
    Leave leave_;
};

template <typename Function>
std::exception_ptr failure_of(const Function& function) {
    try {
        function();
        return {};
    } catch (...) {
        return std::current_exception();
    }
}

}  // namespace

Workers::Workers(const DatabaseUrl& url, std::size_t connections, std::size_t max_queue)
    : max_queue_(max_queue) {
    while (connections_.size() < connections) {
        connections_.push_back(std::make_unique<Connection>(url));
    }
    running_ = connections_.size();
    for (const auto& connection : connections_) {
        threads_.emplace_back([this, &connection = *connection] { serve(connection); });
    }
}

Workers::~Workers() {
    std::unique_lock lock(mutex_);
    ends_ = true;
    queue_.clear();
    changed_.notify_all();
    do {  // again and again: a thread may just have begun to talk to a server that does not answer
        for (const auto& connection : connections_) {
            connection->interrupt();
        }
    } while (!changed_.wait_for(lock, 100ms, [this] { return running_ == 0; }));
    lock.unlock();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

asio::awaitable<void> Workers::run_job(Work work, std::chrono::milliseconds limit) {
    asio::steady_timer waiting(co_await this_coro::executor, limit);
    const auto job = std::make_shared<Job>(std::move(work));
    const AtEnd abandonment([&job] { job->abandon(); });
    job->waiting = &waiting;
    push(job);
    const auto [wait_error] = co_await waiting.async_wait(use_nothrow);

    const std::lock_guard lock(job->mutex);
    if (job->has_ended) {
        if (auto failure = std::exchange(job->failure, {})) {  // ours now: only one thread frees it
            std::rethrow_exception(std::move(failure));
        }
        co_return;
    }
    if (wait_error) {
        throw boost::system::system_error(wait_error);  // the caller is cancelled
    }
    throw DatabaseError("no response in time");
}

void Workers::push(std::shared_ptr<Job> job) {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() == max_queue_) {
            throw DatabaseError("too many requests wait");
        }
        queue_.push_back(std::move(job));
    }
    changed_.notify_one();
}

std::shared_ptr<Workers::Job> Workers::pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ends_ || !queue_.empty(); });
    if (ends_) {
        return nullptr;
    }
    auto job = std::move(queue_.front());
    queue_.pop_front();
    return job;
}

void Workers::serve(Connection& connection) {
    while (const auto job = pop()) {
        if (!job->is_wanted()) {
            continue;  // a server that does not answer takes two seconds to say so, for each
        }
        auto no_connection = failure_of([&] { connection.ensure_alive(); });
        if (no_connection) {
            Job::end(job, std::move(no_connection));
        } else if (job->begin(connection)) {
            Job::end(job, failure_of([&] { job->work(connection); }));
        }
    }
    const std::lock_guard lock(mutex_);
    --running_;
    changed_.notify_all();
}

}  // namespace cookbook::rest_api
