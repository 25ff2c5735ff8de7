// A connection to the database, over SOCI: what all of this recipe's SQL goes through.
#pragma once

#include <soci/session.h>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "common/net/descriptor.hpp"
#include "database_error.hpp"
#include "database_url.hpp"
#include "model.hpp"
#include "statement.hpp"

namespace cookbook::rest_api {

/// For one thread at a time, but for interrupt().
class Connection {
public:
    /// Opens it. All functions throw DatabaseError.
    explicit Connection(DatabaseUrl url);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    /// The rows of a statement, whose parameters are ":1", ":2" … in their order. `columns` says
    /// what to read each column as. The statement is kept for the next time, until one fails.
    std::vector<Values> select(const std::string& sql, const Values& parameters,
                               std::span<const Type> columns);

    /// Runs a statement that has no rows, and returns how many it has changed. It is kept, too.
    std::int64_t execute(const std::string& sql, const Values& parameters);

    /// Runs SQL without parameters: BEGIN, CREATE TABLE …
    void run(const std::string& sql);

    /// Opens it anew if its server has closed it, and forgets that it was interrupted.
    void ensure_alive();

    /// Makes the statement fail that another thread runs here, and those that follow, but for a
    /// ROLLBACK.
    void interrupt() noexcept;

    [[nodiscard]] bool is_postgresql() const noexcept { return url_.is_postgresql; }

private:
    void open();
    void close() noexcept;
    [[nodiscard]] bool is_alive() const noexcept;
    void require_uninterrupted() const;
    Statement& prepare(const std::string& sql, const Values& parameters,
                       std::span<const Type> columns);

    DatabaseUrl url_;
    std::atomic<bool> interrupted_ = false;
    std::mutex replacing_;  // the session, which interrupt() uses from other threads
    std::unique_ptr<soci::session> session_;
    Descriptor socket_;  // PostgreSQL's, once more: libpq may close its own at any time
    std::map<std::string, std::unique_ptr<Statement>> kept_;
    bool has_failed_ = false;  // one of them: none is of use any more
};

}  // namespace cookbook::rest_api
