#include "database.hpp"

#include <algorithm>
#include <array>

namespace cookbook::rest_api {
namespace {

/// The URL of a database that has the tables.
DatabaseUrl migrated(const std::string& text, const Migrations& all) {
    DatabaseUrl url = parse_database_url(text);
    Connection connection(url);
    try {
        migrate(connection, all);
    } catch (const DatabaseError& error) {
        throw DatabaseError(url.name + ": " + error.what());
    }
    return url;
}

bool has_one_writer(const DatabaseOptions& options, const DatabaseUrl& url) {
    return options.one_writer || !url.is_postgresql;
}

std::size_t reader_count(const DatabaseOptions& options, const DatabaseUrl& url) {
    const std::size_t writers = has_one_writer(options, url) ? 1 : 0;
    return std::max<std::size_t>(1, options.connections - writers);
}

}  // namespace

Database::Database(const DatabaseOptions& options, const Migrations& all)
    : Database(options, migrated(options.url, all)) {}

Database::Database(const DatabaseOptions& options, const DatabaseUrl& url)
    : options_(options), readers_(url, reader_count(options, url), options.max_queue) {
    if (has_one_writer(options, url)) {
        writer_ = std::make_unique<Workers>(url, 1, options.max_queue);
    }
}

asio::awaitable<void> Database::check() {
    const std::function<bool(Connection&)> ask = [](Connection& connection) {
        constexpr std::array columns = {Type::integer};
        return !connection.select("SELECT COUNT(*) FROM schema_migrations", {}, columns).empty();
    };
    co_await readers_.run(ask, options_.ready_limit);
}

std::unique_ptr<Connection> open_database(const std::string& url, const Migrations& all) {
    return std::make_unique<Connection>(migrated(url, all));
}

}  // namespace cookbook::rest_api
