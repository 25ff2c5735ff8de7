// Dispatcher, seen from one worker: what it reports, and how it ends.
#include <linux/sockios.h>
#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <boost/asio/cancellation_state.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "common/async/task_group.hpp"
#include "common/net/serve.hpp"
#include "dispatcher.hpp"

namespace cookbook::fd_passing {
namespace {

/// Whether what was sent is still unread. unix(7), SIOCOUTQ.
bool has_unread(int socket) {
    int size = 0;
    return ::ioctl(socket, SIOCOUTQ, &size) == 0 && size > 0;
}

/// Whether the peer has closed its end. Not by recv(): that would take the error away (ECONNRESET)
/// by which its end is told from another.
bool has_ended(int socket) {
    pollfd watched = {socket, POLLRDHUP, 0};
    return ::poll(&watched, 1, 0) > 0;
}

}  // namespace

/// Nothing tells us when a worker that does not report reads its message. So we look, less often
/// the longer it takes.
asio::awaitable<void> Dispatcher::watch_reading(Worker& worker) {
    constexpr auto min_pause = 1ms;
    constexpr auto max_pause = 20ms;
    const int socket = worker.socket.native_handle();
    asio::steady_timer timer(worker.socket.get_executor());
    for (auto pause = min_pause; !has_ended(socket);) {
        if (worker.link.unanswered() == 0) {
            pause = min_pause;
            co_await worker.sent.async_wait(use_nothrow);
            continue;
        }
        timer.expires_after(pause);
        co_await timer.async_wait(use_nothrow);
        pause = std::min(2 * pause, max_pause);
        // At its end the kernel throws away what is unread: that is no sign that it was read.
        if (!has_unread(socket) && !has_ended(socket)) {
            worker.link.message_read();
            dispatch();
        }
    }
}

/// Returns how the worker has ended; nothing if our caller was cancelled.
asio::awaitable<std::optional<LinkEnd>> Dispatcher::receive_reports(Worker& worker) {
    std::array<char, 512> bytes;
    for (bool valid = true; valid;) {
        const auto [error, size] =
            co_await worker.socket.async_read_some(asio::buffer(bytes), use_nothrow);
        if (error == asio::error::operation_aborted) {
            co_return std::nullopt;
        }
        if (error) {
            co_return error == asio::error::eof ? LinkEnd::orderly : LinkEnd::reset;
        }
        const auto now = clock::now();
        std::vector<Client> returned;
        valid = worker.link.receive_reports({bytes.data(), size}, now, returned);
        worker.usable = valid && worker.usable;
        if (!returned.empty()) {
            spdlog::info("worker {} does not take {}", worker.pid, names(returned));
            give_back(std::move(returned));
            rested_.cancel();
        }
        dispatch();
    }
    spdlog::warn("worker {} sent what answers nothing", worker.pid);
    co_return has_unread(worker.socket.native_handle()) ? LinkEnd::reset : LinkEnd::orderly;
}

asio::awaitable<void> Dispatcher::serve_worker(StreamSocket socket, Greeting greeting) {
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    socket.non_blocking(true);
    TaskGroup watching(socket.get_executor());
    const auto worker = workers_.emplace(workers_.end(), std::move(socket), greeting);
    spdlog::info("worker {} has come; it serves {} connections", greeting.pid, greeting.served);
    if (greeting.reports == Reports::none) {
        watching.spawn(log_failure(watch_reading(*worker)));
    }
    dispatch();
    const std::optional<LinkEnd> how = co_await receive_reports(*worker);
    worker->usable = false;
    watching.cancel();
    co_await watching.join();
    if (how) {
        std::vector<Client> owed = worker->link.end(*how);
        spdlog::info("worker {} has gone; it had not taken {} connections", worker->pid,
                     owed.size());
        give_back(std::move(owed));
    }
    // Otherwise the server ends: what the worker has not taken yet it still can, and nobody else.
    workers_.erase(worker);
    dispatch();
}

}  // namespace cookbook::fd_passing
