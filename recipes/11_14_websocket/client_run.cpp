#include "client_run.hpp"

#include <fmt/format.h>

#include <boost/asio/cancellation_state.hpp>
#include <exception>
#include <stdexcept>
#include <utility>

#include "common/async/task_group.hpp"
#include "common/net/utf8.hpp"
#include "event.hpp"

namespace cookbook::websocket {
namespace {

/// Keeps what a coroutine throws, and then ends the connection.
asio::awaitable<void> keep_failure(Connection& peer, asio::awaitable<void> work,
                                   std::exception_ptr& failure) {
    try {
        co_await std::move(work);
    } catch (...) {
        failure = std::current_exception();
        peer.close(close_code::normal, {});
        peer.flush();
    }
}

asio::awaitable<void> run_both(Connection& peer, Talk read, Talk write,
                               std::exception_ptr& read_failure,
                               std::exception_ptr& write_failure) {
    TaskGroup writing(co_await this_coro::executor);
    if (write) {
        writing.spawn(keep_failure(peer, write(peer), write_failure));
    }
    co_await keep_failure(peer, read(peer), read_failure);
    const bool has_ended = writing.size() == 0;
    writing.cancel();
    co_await writing.join();
    if (!has_ended) {
        write_failure = nullptr;  // that was us
    }
}

void require_normal(const Ending& ending) {
    if (ending.code == close_code::abnormal && ending.reason.empty()) {
        throw std::runtime_error("the server left without a Close");
    }
    if (ending.code == close_code::abnormal) {
        throw std::runtime_error("gave up: " + ending.reason);
    }
    if (!ending.is_normal()) {
        throw std::runtime_error(fmt::format("closed {}{}{}", ending.code,
                                             ending.reason.empty() ? "" : ": ",
                                             visible(ending.reason)));
    }
}

}  // namespace

asio::awaitable<void> run_client(Target target, OpeningOptions opening, Options options, Talk read,
                                 Talk write) {
    Link link = co_await open(std::move(target), std::move(opening));
    Connection peer(*link.stream, options, std::move(link.opened), WhenFull::wait);
    std::exception_ptr read_failure;
    std::exception_ptr write_failure;
    co_await converse(
        peer, run_both(peer, std::move(read), std::move(write), read_failure, write_failure));
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    for (const std::exception_ptr& failure : {read_failure, write_failure}) {
        if (failure) {
            std::rethrow_exception(failure);
        }
    }
    require_normal(peer.ending());
}

asio::awaitable<std::optional<std::string>> next_text(InputLines& lines) {
    auto line = co_await lines.next();
    if (line && !is_utf8(*line)) {
        throw std::runtime_error("stdin is not UTF-8");
    }
    co_return line;
}

}  // namespace cookbook::websocket
