#include "common/cli/demo.hpp"

#include "common/async/task_group.hpp"

namespace cookbook {

asio::awaitable<void> show_beside(asio::awaitable<void> server, asio::awaitable<void> show) {
    TaskGroup group(co_await this_coro::executor);
    group.spawn(std::move(server));
    group.spawn(std::move(show));
    co_await group.wait_for_fewer_than(2);  // until all has been shown
    group.cancel();
    co_await group.join();
}

}  // namespace cookbook
