#include "schema.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/algorithm/string/replace.hpp>
#include <iterator>
#include <string>

#include "clock.hpp"
#include "transaction.hpp"

namespace cookbook::rest_api {
namespace {

std::string in_dialect(std::string_view statement, bool is_postgresql) {
    std::string sql(statement);
    // AUTOINCREMENT: without it SQLite gives the id of a last row that was deleted again.
    boost::replace_all(sql, "[id]",
                       is_postgresql ? "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
                                     : "INTEGER PRIMARY KEY AUTOINCREMENT");
    boost::replace_all(sql, "[number]", is_postgresql ? "BIGINT" : "INTEGER");
    boost::replace_all(sql, "[text]", is_postgresql ? "TEXT COLLATE \"C\"" : "TEXT");
    return sql;
}

/// Keeps other programs from migrating until the transaction ends, as SQLite's BEGIN IMMEDIATE does
/// by itself.
void lock_schema(Connection& connection) {
    if (connection.is_postgresql()) {
        connection.run("SELECT pg_advisory_xact_lock(11054)");
    }
}

std::int64_t version_of(Connection& connection) {
    constexpr std::array columns = {Type::integer};
    const auto rows =
        connection.select("SELECT COALESCE(MAX(version), 0) FROM schema_migrations", {}, columns);
    return std::get<std::int64_t>(rows.at(0).at(0));
}

/// Applies the next migration; false if there is none.
bool apply_next(Connection& connection, const Migrations& all) {
    Transaction transaction(connection, Transaction::Kind::write);
    lock_schema(connection);
    const std::int64_t version = version_of(connection);
    const std::int64_t newest = std::ssize(all);
    if (version > newest) {
        throw DatabaseError(
            fmt::format("its schema has version {}, this program knows {}", version, newest));
    }
    if (version == newest) {
        return false;
    }
    for (const std::string_view statement : all.at(static_cast<std::size_t>(version))) {
        connection.run(in_dialect(statement, connection.is_postgresql()));
    }
    connection.execute("INSERT INTO schema_migrations (version, applied_at) VALUES (:1, :2)",
                       {version + 1, now()});
    transaction.commit();
    return true;
}

}  // namespace

const Migrations& migrations() {
    static const Migrations all = {
        {"CREATE TABLE users (id [id], version [number] NOT NULL, created_at [text] NOT NULL, "
         "updated_at [text] NOT NULL, username [text] NOT NULL UNIQUE, email [text] NOT NULL "
         "UNIQUE)",
         "CREATE TABLE products (id [id], version [number] NOT NULL, created_at [text] NOT NULL, "
         "updated_at [text] NOT NULL, name [text] NOT NULL, price [number] NOT NULL, stock "
         "[number] NOT NULL, category [text])",
         "CREATE INDEX products_category ON products (category)"},
        {"CREATE TABLE api_keys (name [text] PRIMARY KEY, role [text] NOT NULL, hash [text] NOT "
         "NULL UNIQUE, created_at [text] NOT NULL)"},
        {"CREATE TABLE idempotency_keys (owner [text], key [text], hash [text] NOT NULL, id "
         "[number], body [text], created_at [text] NOT NULL, PRIMARY KEY (owner, key))",
         "CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at)"},
    };
    return all;
}

std::int64_t schema_version() {
    return std::ssize(migrations());
}

void migrate(Connection& connection, const Migrations& all) {
    {
        Transaction transaction(connection, Transaction::Kind::write);
        lock_schema(connection);
        connection.run(
            "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, applied_at "
            "TEXT)");
        transaction.commit();
    }
    while (apply_next(connection, all)) {
    }
}

}  // namespace cookbook::rest_api
