// A time limit on any operation.
#pragma once

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "common/async/asio.hpp"

namespace cookbook {
namespace detail {

template <typename T>
asio::awaitable<void> store(asio::awaitable<T> operation, std::optional<T>& result) {
    result.emplace(co_await std::move(operation));
}

/// Throws what the operation throws, or timed_out.
asio::awaitable<void> race_against_timer(asio::steady_timer& timer,
                                         asio::awaitable<void> operation);

}  // namespace detail

/// As the next one, with a timer of the caller's, which must live until then: when it expires, the
/// limit has passed; when it is cancelled, so is the operation.
template <typename T>
asio::awaitable<T> within(asio::steady_timer& timer, asio::awaitable<T> operation) {
    if constexpr (std::is_void_v<T>) {
        co_await detail::race_against_timer(timer, std::move(operation));
    } else {
        std::optional<T> result;
        co_await detail::race_against_timer(timer, detail::store(std::move(operation), result));
        co_return std::move(*result);
    }
}

/// Runs `operation` to its end, but cancels it when `limit` has passed.
///
/// Returns or throws what the operation returns or throws; throws system_error(error::timed_out)
/// if the limit came first. Either way the operation has ended when this returns, so whatever it
/// refers to may be destroyed. An operation that cannot be cancelled (a running look-up of asio's
/// resolver) is therefore waited for, late as it may be. A cancellation of the caller reaches the
/// operation. Caller and operation share one thread or one strand.
///
///     const tcp::socket socket = co_await within(5s, connect({"localhost", 20000}));
template <typename T>
asio::awaitable<T> within(asio::steady_timer::duration limit, asio::awaitable<T> operation) {
    asio::steady_timer timer(co_await this_coro::executor, limit);
    co_return co_await within(timer, std::move(operation));
}

}  // namespace cookbook
