#include "change.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "event_log.hpp"

namespace cookbook::control_plane {
namespace {

/// Waits until the change that is under way has ended. Returns the number of the last event then.
std::int64_t lock_counter(Connection& connection) {
    // [step 2] Lock the counter's row, so that the next change waits here until this one has ended.
    // SQLite's BEGIN IMMEDIATE has locked all of the database.
    constexpr std::array columns = {rest_api::Type::integer};
    const auto rows =
        connection.select(connection.is_postgresql() ? "SELECT seq FROM counter FOR UPDATE"
                                                     : "SELECT seq FROM counter",
                          {}, columns);
    return std::get<std::int64_t>(rows.at(0).at(0));
    // [end]
}

}  // namespace

Change::Change(Connection& connection, std::int64_t now)
    : connection_(connection),
      transaction_(connection, rest_api::Transaction::Kind::write),
      now_(now),
      first_(lock_counter(connection)),
      seq_(first_) {}

void Change::record(std::string_view event, std::string_view pool, std::string_view address,
                    std::string_view owner) {
    // [step 2] Give the event the next number, and store it within the transaction.
    boost::json::object body = {{"seq", ++seq_}, {"event", event}, {"time", now_}, {"pool", pool}};
    if (!address.empty()) {
        body["address"] = address;
    }
    if (!owner.empty()) {
        body["owner"] = owner;
    }
    connection_.execute("INSERT INTO events (seq, pool, body) VALUES (:1, :2, :3)",
                        {seq_, std::string(pool), boost::json::serialize(body)});
    // [end]
}

void Change::commit() {
    if (seq_ != first_) {
        // [step 2] Store the counter with the events, so that the next change goes on from there.
        connection_.execute("UPDATE counter SET seq = :1", {seq_});
        // [end]
        if (connection_.is_postgresql()) {
            connection_.run("NOTIFY ipam");  // sent when, and only if, the transaction commits
        }
    }
    transaction_.commit();
}

}  // namespace cookbook::control_plane
