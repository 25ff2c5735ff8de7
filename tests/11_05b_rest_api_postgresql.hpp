// A throwaway PostgreSQL server, for cases that hold over both databases.
#pragma once

#include <boost/test/unit_test.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "11_05b_rest_api/connection.hpp"
#include "support/child_process.hpp"
#include "support/sources.hpp"

namespace cookbook::rest_api {

/// Runs as long as the object lives, on a UNIX socket in a temporary folder.
class PostgreSqlServer {
public:
    explicit PostgreSqlServer(asio::any_io_executor executor)
        : process_(std::move(executor), "/usr/bin/env",
                   {"python3", testing::path_of("interop/11_05b_rest_api_postgresql.py"), "-c",
                    "fsync=off"}) {}

    /// Waits until it takes connections. False, and a message, if this machine has no PostgreSQL.
    asio::awaitable<bool> start() {
        url_ = co_await read();
        const bool is_there = !url_.starts_with("left out: ");
        if (!is_there) {
            BOOST_TEST_MESSAGE(url_);
            BOOST_TEST(!url_.empty(), "the reason is given");
        }
        co_return is_there;
    }

    /// The URL of a new, empty database.
    std::string create(const std::string& name) const {
        Connection(parse_database_url(url_of("postgres"))).run("CREATE DATABASE " + name);
        return url_of(name);
    }

    /// "stop", as in a crash, or "start".
    asio::awaitable<void> order(std::string what) {
        co_await process_.write(what + "\n");
        const std::string done = co_await read();
        BOOST_TEST(done == "done");
    }

    /// Ends it, and removes its folder.
    asio::awaitable<void> end() {
        process_.close_input();
        const testing::ExitStatus status = co_await process_.wait();
        BOOST_TEST(status.code == 0);
    }

private:
    /// The next line that it prints. Throws what it said last if it has ended.
    asio::awaitable<std::string> read() {
        try {
            co_return co_await process_.read_line();
        } catch (const boost::system::system_error&) {  // the end of its output
        }
        throw std::runtime_error("PostgreSQL: " + co_await process_.read_errors());
    }

    [[nodiscard]] std::string url_of(std::string_view name) const {
        std::string url = url_;
        return url.replace(url.find("%s"), 2, name);
    }

    testing::ChildProcess process_;
    std::string url_;
};

}  // namespace cookbook::rest_api
