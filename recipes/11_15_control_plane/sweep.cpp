#include "sweep.hpp"

#include <spdlog/spdlog.h>

#include "store.hpp"

namespace cookbook::control_plane {
namespace {

/// One batch after the other; between them others may change something.
asio::awaitable<void> sweep_all(Service& service, std::int64_t keep_events) {
    const std::function<Swept(Connection&)> sweep_once = [keep_events](Connection& connection) {
        return sweep(connection, keep_events, unix_time());
    };
    Swept swept;
    do {
        swept = co_await service.change(sweep_once);
    } while (swept.more);
}

}  // namespace

asio::awaitable<void> keep_sweeping(Service& service, asio::steady_timer::duration interval,
                                    std::int64_t keep_events) {
    asio::steady_timer pause(co_await this_coro::executor);
    for (;;) {
        try {
            co_await sweep_all(service, keep_events);
        } catch (const rest_api::DatabaseError& error) {
            spdlog::warn("sweep: {}", error.what());
        }
        pause.expires_after(interval);
        co_await pause.async_wait(use_awaitable);
    }
}

}  // namespace cookbook::control_plane
