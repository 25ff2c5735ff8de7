#include "transaction.hpp"

namespace cookbook::rest_api {
namespace {

const char* begin_of(Transaction::Kind kind, bool is_postgresql) {
    if (kind == Transaction::Kind::snapshot) {
        return is_postgresql ? "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" : "BEGIN";
    }
    // SQLite's BEGIN locks nothing. A write after a read fails at once then if another has written
    // in between (SQLITE_BUSY_SNAPSHOT), whatever the busy timeout.
    return is_postgresql ? "BEGIN" : "BEGIN IMMEDIATE";
}

}  // namespace

Transaction::Transaction(Connection& connection, Kind kind) : connection_(connection) {
    connection.run(begin_of(kind, connection.is_postgresql()));
}

void Transaction::commit() {
    connection_.run("COMMIT");
    is_open_ = false;
}

Transaction::~Transaction() {
    if (!is_open_) {
        return;
    }
    try {
        connection_.run("ROLLBACK");
    } catch (const DatabaseError&) {
        connection_.interrupt();  // PostgreSQL's is replaced then; SQLite has rolled back itself
    }
}

}  // namespace cookbook::rest_api
