// The server of recipe 11.4b, with its plan in memory.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "11_04b_cidr_manager/service.hpp"
#include "11_04b_cidr_manager_memory_folder.hpp"
#include "support/running_server.hpp"

namespace cookbook::cidr_manager::testing {

/// A server with the pool 10.0.0.0/8. End it before it dies.
class PlanServer {
public:
    explicit PlanServer(const asio::any_io_executor& executor, ServiceOptions options = {},
                        const std::string& host = "127.0.0.1")
        : ledger_(executor, folder_, "plan"), server_(executor, {host, 0}, [&](tcp::acceptor one) {
              ledger_.add_pools(std::vector{Network::parse("10.0.0.0/8")});
              return serve_requests(std::move(one), options, ledger_);
          }) {}

    asio::awaitable<tcp::socket> connect() { return server_.connect(); }
    void stop() { server_.stop(); }
    asio::awaitable<void> end() {
        co_await server_.end();
        co_await ledger_.close();
    }
    [[nodiscard]] MemoryFolder& folder() { return folder_; }
    [[nodiscard]] const cookbook::testing::RunningServer& server() const { return server_; }

private:
    MemoryFolder folder_;
    Ledger ledger_;
    cookbook::testing::RunningServer server_;
};

}  // namespace cookbook::cidr_manager::testing
