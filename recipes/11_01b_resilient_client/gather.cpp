#include "gather.hpp"

#include <exception>
#include <utility>
#include <vector>

#include "common/async/task_group.hpp"

namespace cookbook::resilient_client {
namespace {

class Gathering {
public:
    Gathering(const asio::any_io_executor& executor, Jobs& jobs, std::size_t count,
              std::size_t concurrency)
        : jobs_(jobs), has_ended_(count), places_(concurrency), group_(executor) {}

    asio::awaitable<void> run();

private:
    asio::awaitable<void> start_all();
    asio::awaitable<void> run_one(std::size_t number, Place place);
    asio::awaitable<void> run_job(std::size_t number, Place& place);
    void end(std::size_t number);
    void cancel_rest();

    Jobs& jobs_;
    std::vector<bool> has_ended_;
    std::size_t begun_ = 0;
    std::size_t turn_ = 0;
    bool cancelled_ = false;  // by a job
    bool failed_ = false;     // a job has thrown
    Places places_;
    TaskGroup group_;
};

asio::awaitable<void> Gathering::run() {
    const bool throws = co_await this_coro::throw_if_cancelled();
    std::exception_ptr failure;
    try {
        co_await start_all();
    } catch (...) {  // the caller is cancelled
        failure = std::current_exception();
        group_.cancel();
    }
    co_await this_coro::throw_if_cancelled(false);  // until all have been joined
    co_await group_.join();
    co_await this_coro::throw_if_cancelled(throws);
    if (failure) {
        std::rethrow_exception(failure);
    }
    while (begun_ < has_ended_.size()) {
        jobs_.on_cancelled(begun_);
        end(begun_++);
    }
}

asio::awaitable<void> Gathering::start_all() {
    while (begun_ < has_ended_.size()) {
        Place place = co_await places_.take();
        if (cancelled_ || failed_) {
            co_return;
        }
        group_.spawn(run_one(begun_++, std::move(place)));
    }
}

/// The group cancels those that have begun when a job throws; no others must begin.
asio::awaitable<void> Gathering::run_one(std::size_t number, Place place) {
    try {
        co_await run_job(number, place);
    } catch (...) {
        failed_ = true;
        throw;
    }
}

asio::awaitable<void> Gathering::run_job(std::size_t number, Place& place) {
    bool goes_on = true;
    try {
        goes_on = co_await jobs_.run(number, place);
    } catch (const boost::system::system_error& error) {
        if (!cancelled_ || error.code() != asio::error::operation_aborted) {
            throw;
        }
        jobs_.on_cancelled(number);
    }
    end(number);
    if (!goes_on) {
        cancel_rest();
    }
}

void Gathering::end(std::size_t number) {
    has_ended_[number] = true;
    while (turn_ < has_ended_.size() && has_ended_[turn_]) {
        jobs_.on_turn(turn_++);
    }
}

void Gathering::cancel_rest() {
    if (!std::exchange(cancelled_, true)) {
        group_.cancel();
    }
}

}  // namespace

asio::awaitable<void> gather(Jobs& jobs, std::size_t count, std::size_t concurrency) {
    Gathering gathering(co_await this_coro::executor, jobs, count, concurrency);
    co_await gathering.run();
}

}  // namespace cookbook::resilient_client
