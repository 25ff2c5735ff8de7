#include "dispatcher.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <cerrno>
#include <iterator>
#include <ranges>
#include <string>
#include <tuple>
#include <utility>

#include "fd_message.hpp"

namespace cookbook::fd_passing {
namespace {

constexpr auto never = asio::steady_timer::time_point::max();

/// Whether another message may be taken later.
bool is_full(const error_code& error) {
    return error == asio::error::would_block || error == asio::error::no_buffer_space ||
           error.value() == ETOOMANYREFS;  // too many descriptors on their way (unix(7))
}

}  // namespace

Dispatcher::Dispatcher(const asio::any_io_executor& executor)
    : changed_(executor, never), rested_(executor, never) {}

std::string Dispatcher::names(const std::vector<Client>& clients) {
    return fmt::format("{}", fmt::join(clients | std::views::transform(&Client::name), ", "));
}

std::size_t Dispatcher::room_of(const Worker& worker, clock::time_point now) const {
    const std::size_t room = worker.usable ? worker.link.room(now) : 0;
    return room - std::min(room, worker.next.size());
}

std::size_t Dispatcher::room() const {
    const auto now = clock::now();
    std::size_t room = 0;
    for (const Worker& worker : workers_) {
        room += room_of(worker, now);
    }
    return room - std::min(room, waiting_.size());
}

asio::awaitable<void> Dispatcher::wait_for_room() {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (room() == 0 && cancellation.cancelled() == asio::cancellation_type::none) {
        co_await changed_.async_wait(use_nothrow);
    }
}

bool Dispatcher::all_taken() const {
    return waiting_.empty() && std::ranges::all_of(workers_, [](const Worker& worker) {
               return worker.link.unanswered() == 0;
           });
}

asio::awaitable<void> Dispatcher::wait_until_taken(asio::steady_timer::duration limit) {
    const auto end = clock::now() + limit;
    while (!all_taken() && clock::now() < end) {
        changed_.expires_at(end);
        co_await changed_.async_wait(use_nothrow);
    }
    changed_.expires_at(never);
}

void Dispatcher::hand_over(std::vector<Client> clients) {
    std::ranges::move(clients, std::back_inserter(waiting_));
    dispatch();
}

/// What comes back has waited longer than all that waits.
void Dispatcher::give_back(std::vector<Client> clients) {
    waiting_.insert(waiting_.begin(), std::make_move_iterator(clients.begin()),
                    std::make_move_iterator(clients.end()));
}

Dispatcher::Worker* Dispatcher::choose(clock::time_point now) {
    Worker* best = nullptr;
    const auto rank = [](const Worker& worker) {
        return std::tuple(worker.link.load() + worker.next.size(), worker.turn);
    };
    for (Worker& worker : workers_) {
        if (room_of(worker, now) > 0 && (best == nullptr || rank(worker) < rank(*best))) {
            best = &worker;
        }
    }
    return best;
}

/// Decides who is to be sent what waits. False if nobody is.
bool Dispatcher::share_out(clock::time_point now) {
    bool shared = false;
    while (!waiting_.empty()) {
        Worker* const worker = choose(now);
        if (worker == nullptr) {
            break;
        }
        worker->next.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
        worker->turn = ++turn_;
        shared = true;
    }
    return shared;
}

/// A share that cannot be sent waits again, for another worker: each round has one worker less.
void Dispatcher::dispatch() {
    const auto now = clock::now();
    while (share_out(now)) {
        for (Worker& worker : workers_) {
            if (!worker.next.empty()) {
                send_next(worker, now);
            }
        }
    }
    changed_.cancel();
}

void Dispatcher::send_next(Worker& worker, clock::time_point now) {
    std::vector<int> descriptors;
    std::ranges::transform(worker.next, std::back_inserter(descriptors),
                           [](const Client& client) { return client.socket.get(); });
    const error_code error = send_fds(worker.socket.native_handle(), descriptors);
    std::vector<Client> clients = std::exchange(worker.next, {});
    if (!error) {
        spdlog::info("worker {} gets {}", worker.pid, names(clients));
        worker.link.sent(std::move(clients));
        worker.sent.cancel();
        return;
    }
    give_back(std::move(clients));
    if (is_full(error)) {
        worker.link.let_rest(now);
        rested_.cancel();
    } else {
        worker.usable = false;  // what it has reported before its end comes first
    }
}

asio::awaitable<void> Dispatcher::retry_after_rest() {
    for (;;) {
        const auto now = clock::now();
        auto first = never;
        for (const Worker& worker : workers_) {
            first = std::min(first, worker.link.rests_until(now).value_or(never));
        }
        rested_.expires_at(first);
        const auto [another_rests] = co_await rested_.async_wait(use_nothrow);
        if (!another_rests) {
            dispatch();
        }
    }
}

}  // namespace cookbook::fd_passing
