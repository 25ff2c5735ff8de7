// The server: lines of requests in, lines of responses out.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <vector>

#include "11_04b_cidr_manager/ledger.hpp"
#include "common/cli/new_file.hpp"
#include "common/net/serve.hpp"

namespace cookbook::cidr_manager {

struct ServiceOptions {
    /// A peer has limits.idle_timeout for each line, and to take each response.
    Limits limits = {};
    /// Bytes of a request. After a longer one the peer gets an error, and is disconnected.
    std::size_t max_line = std::size_t{1} << 20;
};

/// Serves until the caller is cancelled, as serve() does. `ledger` belongs to the acceptor's
/// thread, and must outlive this.
asio::awaitable<void> serve_requests(tcp::acceptor acceptor, ServiceOptions options,
                                     Ledger& ledger);

/// Locks and opens the plan in `file`, adds the pools, and then runs `serve(ledger)`, an
/// asio::awaitable<void>. Throws as Lock and Ledger do, and what `serve` throws.
template <typename Serve>
asio::awaitable<void> with_plan(std::string file, std::vector<Network> pools, Serve serve) {
    file = without_links(file);  // a plan has one lock, whatever the links to it
    const Lock lock(file);
    const auto folder = open_folder_of(file);
    Ledger ledger(co_await this_coro::executor, *folder, file);
    ledger.add_pools(pools);
    std::exception_ptr failure;
    try {
        co_await serve(ledger);
    } catch (...) {
        failure = std::current_exception();
    }
    co_await this_coro::throw_if_cancelled(false);  // what is on its way to the disk is finished
    co_await ledger.close();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace cookbook::cidr_manager
