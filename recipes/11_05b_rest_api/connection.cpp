#include "connection.hpp"

#include <fcntl.h>
#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>
#include <utility>

namespace cookbook::rest_api {
namespace {

// SOCI does not export what UBSan would look at in a cast to one of its backends.
__attribute__((no_sanitize("vptr"))) sqlite_api::sqlite3* sqlite_of(soci::session& session) {
    return static_cast<soci::sqlite3_session_backend*>(session.get_backend())->conn_;
}

__attribute__((no_sanitize("vptr"))) PGconn* postgresql_of(soci::session& session) {
    return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

std::unique_ptr<soci::session> open_postgresql(const DatabaseUrl& url) {
    auto session = std::make_unique<soci::session>(soci::postgresql, url.connection);
    const auto ignore = [](void*, const char*) {};  // notices would go to stderr
    PQsetNoticeProcessor(postgresql_of(*session), ignore, nullptr);
    return session;
}

constexpr std::chrono::milliseconds busy_timeout{4000};

/// WAL stays with the file. While another program makes that change, SQLite refuses to at once,
/// whatever the busy timeout.
void use_wal(soci::session& session) {
    const auto end = std::chrono::steady_clock::now() + busy_timeout;
    for (;;) {
        try {
            session << "PRAGMA journal_mode = WAL";
            return;
        } catch (const soci::sqlite3_soci_error& error) {
            if (error.result() != SQLITE_BUSY || std::chrono::steady_clock::now() > end) {
                throw;
            }
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::unique_ptr<soci::session> open_sqlite(const DatabaseUrl& url) {
    auto session = std::make_unique<soci::session>(soci::sqlite3, url.connection);
    *session << "PRAGMA busy_timeout = " << busy_timeout.count();
    use_wal(*session);
    *session << "PRAGMA synchronous = FULL";
    *session << "PRAGMA foreign_keys = ON";
    return session;
}

/// An interruption that meets no statement waits for the next one, or for what closing does: the
/// last connection, interrupted, would leave committed rows in the file of the WAL.
void forget_interruption(soci::session& sqlite) noexcept {
    try {
        sqlite << "SELECT 1";
    } catch (const soci::soci_error& error) {
        // Then the next one to open the database finds them there.
        spdlog::debug("before closing: {}", error.what());
    }
}

}  // namespace

Connection::Connection(DatabaseUrl url) : url_(std::move(url)) {
    open();
}

Connection::~Connection() {
    close();
}

void Connection::open() {
    try {
        auto session = url_.is_postgresql ? open_postgresql(url_) : open_sqlite(url_);
        Descriptor socket;
        if (url_.is_postgresql) {
            socket = Descriptor(::fcntl(PQsocket(postgresql_of(*session)), F_DUPFD_CLOEXEC, 0));
            if (socket.get() < 0) {
                throw DatabaseError(url_.name + ": there are no more descriptors");
            }
        }
        const std::lock_guard lock(replacing_);
        session_ = std::move(session);
        socket_ = std::move(socket);
    } catch (const soci::soci_error& error) {
        throw DatabaseError(url_.name + ": " + reason_of(error));
    }
}

void Connection::close() noexcept {
    kept_.clear();
    const std::lock_guard lock(replacing_);
    if (session_ && !url_.is_postgresql) {
        forget_interruption(*session_);
    }
    session_.reset();
    socket_ = Descriptor();
}

bool Connection::is_alive() const noexcept {
    if (!session_ || !url_.is_postgresql) {
        return session_ != nullptr;
    }
    // Between statements a server has nothing to say: what can be read is its end.
    pollfd socket{.fd = PQsocket(postgresql_of(*session_)), .events = POLLIN, .revents = 0};
    return PQstatus(postgresql_of(*session_)) == CONNECTION_OK && ::poll(&socket, 1, 0) == 0;
}

void Connection::ensure_alive() {
    interrupted_ = false;
    if (!is_alive()) {
        close();
        open();
    }
}

void Connection::require_uninterrupted() const {
    if (interrupted_) {
        throw DatabaseError("interrupted");
    }
}

void Connection::interrupt() noexcept {
    interrupted_ = true;  // SQLite forgets it with the statement
    const std::lock_guard lock(replacing_);
    if (session_ && url_.is_postgresql) {  // a server that does not answer takes no order either
        ::shutdown(socket_.get(), SHUT_RDWR);
    } else if (session_) {
        sqlite_api::sqlite3_interrupt(sqlite_of(*session_));
    }
}

Statement& Connection::prepare(const std::string& sql, const Values& parameters,
                               std::span<const Type> columns) {
    constexpr std::size_t max_kept = 100;
    // Not when it failed: PostgreSQL frees no statement in a transaction that has failed.
    if (std::exchange(has_failed_, false)) {
        kept_.clear();
    }
    std::string key = sql + '\n';
    for (const Value& value : parameters) {
        key += std::holds_alternative<std::int64_t>(value) ? 'n' : 't';
    }
    if (const auto found = kept_.find(key); found != kept_.end()) {
        return *found->second;
    }
    if (kept_.size() == max_kept) {
        kept_.clear();
    }
    return *(kept_[key] = std::make_unique<Statement>(*session_, sql, parameters, columns));
}

std::vector<Values> Connection::select(const std::string& sql, const Values& parameters,
                                       std::span<const Type> columns) {
    require_uninterrupted();
    try {
        return prepare(sql, parameters, columns).select(parameters);
    } catch (const soci::soci_error& error) {
        has_failed_ = true;
        throw without_values(error);
    }
}

std::int64_t Connection::execute(const std::string& sql, const Values& parameters) {
    require_uninterrupted();
    try {
        return prepare(sql, parameters, {}).execute(parameters);
    } catch (const soci::soci_error& error) {
        has_failed_ = true;
        throw without_values(error);
    }
}

void Connection::run(const std::string& sql) {
    if (sql != "ROLLBACK") {
        require_uninterrupted();
    }
    try {
        *session_ << sql;
    } catch (const soci::soci_error& error) {
        throw without_values(error);
    }
}

}  // namespace cookbook::rest_api
