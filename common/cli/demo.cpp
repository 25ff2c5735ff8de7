#include "common/cli/demo.hpp"

#include "common/async/task_group.hpp"

namespace cookbook {

asio::awaitable<void> show_beside(asio::awaitable<void> server, asio::awaitable<void> show) {
    TaskGroup group(co_await this_coro::executor);
    group.spawn(std::move(show));  // the first that is cancelled: it does not see its server go
    group.spawn(std::move(server));
    co_await group.join_first();
}

}  // namespace cookbook
