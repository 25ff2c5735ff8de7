// The database as the service sees it: reads and writes that a coroutine waits for.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "schema.hpp"
#include "workers.hpp"

namespace cookbook::rest_api {

struct DatabaseOptions {
    std::string url = "rest_api.db";
    std::size_t connections = 4;
    bool one_writer = false;  // changes that wait for each other wait here, not in the database
    std::size_t max_queue = 1000;                 // requests that wait for a connection
    std::chrono::milliseconds limit{5000};        // for one of them
    std::chrono::milliseconds ready_limit{1000};  // for the question whether it answers
};

/// Of SQLite one connection writes, because only one can, and the others read. Each connection of
/// PostgreSQL does both, unless there is to be one writer.
class Database {
public:
    /// Opens the database and migrates it. Throws DatabaseError, or std::invalid_argument for a
    /// malformed URL.
    explicit Database(const DatabaseOptions& options, const Migrations& all = migrations());

    /// Both run `work` as Workers::run() does.
    template <typename T>
    asio::awaitable<T> read(std::function<T(Connection&)> work) {
        return readers_.run(std::move(work), options_.limit);
    }
    template <typename T>
    asio::awaitable<T> write(std::function<T(Connection&)> work) {
        return (writer_ ? *writer_ : readers_).run(std::move(work), options_.limit);
    }

    /// Throws DatabaseError if the database does not answer in time.
    asio::awaitable<void> check();

private:
    Database(const DatabaseOptions& options, const DatabaseUrl& url);

    DatabaseOptions options_;
    Workers readers_;
    std::unique_ptr<Workers> writer_;
};

/// A connection for a command that needs no other, the database migrated. Throws as Database does.
[[nodiscard]] std::unique_ptr<Connection> open_database(const std::string& url,
                                                        const Migrations& all = migrations());

}  // namespace cookbook::rest_api
