// All or nothing.
#pragma once

#include "connection.hpp"

namespace cookbook::rest_api {

/// A transaction, rolled back when it goes, unless commit() has returned. What is within it is not
/// done before that: say nothing of it to anybody.
class Transaction {
public:
    enum class Kind { write, snapshot };  // a snapshot sees one state of the database, and reads

    /// Begins. Both throw DatabaseError.
    Transaction(Connection& connection, Kind kind);
    void commit();

    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

private:
    Connection& connection_;
    bool is_open_ = true;
};

}  // namespace cookbook::rest_api
