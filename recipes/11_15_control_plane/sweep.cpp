#include "sweep.hpp"

#include <spdlog/spdlog.h>

#include "common/async/describe.hpp"
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
    asio::steady_timer timer(co_await this_coro::executor);
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        try {
            co_await sweep_all(service, keep_events);
        } catch (const rest_api::DatabaseError& error) {
            spdlog::warn("sweep: {}", describe(error));
        } catch (const boost::system::system_error&) {
            co_return;  // we are cancelled: what was under way has not happened
        }
        timer.expires_after(interval);
        co_await timer.async_wait(use_nothrow);
    }
}

}  // namespace cookbook::control_plane
