// What REST, XML-RPC, the sweeper and the watchers share.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

#include "11_05b_rest_api/database.hpp"
#include "change.hpp"
#include "common/async/asio.hpp"

namespace cookbook::control_plane {

/// Seconds since 1970.
[[nodiscard]] inline std::int64_t unix_time() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

/// The database, and somebody to tell when it has changed. All on one thread.
class Service {
public:
    /// `database` must outlive it. `on_change` is called after each change.
    explicit Service(
        rest_api::Database& database, std::function<void()> on_change = [] {})
        : database_(database), on_change_(std::move(on_change)) {}

    /// Both run `work`, which must own all that it refers to, as Workers::run() does.
    template <typename T>
    asio::awaitable<T> read(std::function<T(Connection&)> work) {
        return database_.read(std::move(work));
    }
    template <typename T>
    asio::awaitable<T> change(std::function<T(Connection&)> work) {
        T result = co_await database_.write(std::move(work));
        on_change_();
        co_return result;
    }

    [[nodiscard]] rest_api::Database& database() noexcept { return database_; }

private:
    rest_api::Database& database_;
    std::function<void()> on_change_;
};

}  // namespace cookbook::control_plane
