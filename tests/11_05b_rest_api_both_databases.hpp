// Cases that hold over both databases.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "11_05b_rest_api/connection.hpp"
#include "11_05b_rest_api_postgresql.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/async_case.hpp"

namespace cookbook::rest_api {

/// Cases that hold over both databases, by their names.
struct OverBoth {
    const char* name;
    asio::awaitable<void> (*body)(std::string url);
};
inline std::vector<OverBoth>& over_both() {
    static std::vector<OverBoth> all;
    return all;
}
inline int add_over_both(OverBoth one) {
    over_both().push_back(one);
    return 0;
}

/// Lets a connection wait for other writers as long as it takes. SQLite's do not queue: on a busy
/// machine one may find the database locked for minutes.
inline void wait_for_writers(Connection& connection) {
    if (!connection.is_postgresql()) {
        connection.run("PRAGMA busy_timeout = 600000");
    }
}

/// Runs them over a PostgreSQL server, if this machine has one.
inline asio::awaitable<void> run_all_over_postgresql() {
    PostgreSqlServer server(co_await this_coro::executor);
    if (!co_await server.start()) {
        co_return;
    }
    for (const auto& [name, body] : over_both()) {
        const std::string url = server.create(name);
        BOOST_TEST_CONTEXT(name) {
            co_await body(url);
        }
    }
    co_await server.end();
}

}  // namespace cookbook::rest_api

/// A case with a variable `url`, of an empty database: SQLite's. All run over PostgreSQL, too.
#define DATABASE_CASE(name)                                             \
    static ::boost::asio::awaitable<void> name##_over(std::string url); \
    [[maybe_unused]] static const int name##_added =                    \
        ::cookbook::rest_api::add_over_both({#name, name##_over});      \
    ASYNC_TEST_CASE(name) {                                             \
        const ::cookbook::TemporaryFolder folder;                       \
        co_await name##_over(folder.file("rest_api.db"));               \
    }                                                                   \
    static ::boost::asio::awaitable<void> name##_over(std::string url)
