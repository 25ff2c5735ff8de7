#include "event_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "11_05b_rest_api/transaction.hpp"

namespace cookbook::control_plane {
namespace {

std::int64_t number_of(Connection& connection, const std::string& sql) {
    constexpr std::array columns = {rest_api::Type::integer};
    return std::get<std::int64_t>(connection.select(sql, {}, columns).at(0).at(0));
}

}  // namespace

EventBatch read_events(Connection& connection, std::int64_t since, const std::string& pool,
                       std::int64_t limit) {
    constexpr std::array columns = {rest_api::Type::integer, rest_api::Type::text,
                                    rest_api::Type::text};
    rest_api::Values parameters = {since};
    if (!pool.empty()) {
        parameters.emplace_back(pool);
    }
    parameters.emplace_back(limit);
    const std::string sql =
        fmt::format("SELECT seq, pool, body FROM events WHERE seq > :1{} ORDER BY seq LIMIT :{}",
                    pool.empty() ? "" : " AND pool = :2", parameters.size());
    rest_api::Transaction snapshot(connection, rest_api::Transaction::Kind::snapshot);
    EventBatch batch;
    batch.oldest = oldest_event(connection);
    for (rest_api::Values& row : connection.select(sql, parameters, columns)) {
        batch.events.push_back({std::get<std::int64_t>(row[0]), std::get<std::string>(row[1]),
                                std::get<std::string>(row[2])});
    }
    const bool is_all = std::ssize(batch.events) < limit;
    batch.seq = is_all ? std::max(since, newest_event(connection)) : batch.events.back().seq;
    snapshot.commit();
    return batch;
}

std::int64_t newest_event(Connection& connection) {
    return number_of(connection, "SELECT seq FROM counter");
}

std::int64_t oldest_event(Connection& connection) {
    return number_of(
        connection,
        "SELECT COALESCE((SELECT MIN(seq) FROM events), (SELECT seq FROM counter) + 1)");
}

}  // namespace cookbook::control_plane
