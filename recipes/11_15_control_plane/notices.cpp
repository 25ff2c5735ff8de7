#include "notices.hpp"

#include <fcntl.h>
#include <libpq-fe.h>
#include <spdlog/spdlog.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string_view>
#include <utility>

#include "11_05b_rest_api/database_error.hpp"
#include "11_05b_rest_api/database_url.hpp"
#include "common/net/descriptor.hpp"

namespace cookbook::control_plane {
namespace {

using rest_api::DatabaseError;

struct FinishConnection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using NoticeConnection = std::unique_ptr<PGconn, FinishConnection>;

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
struct FreeNotice {
    void operator()(PGnotify* notice) const { PQfreemem(notice); }
};

/// What libpq says of its last failure, on one line.
DatabaseError failure_of(PGconn* connection) {
    const std::string_view reason = PQerrorMessage(connection);
    return DatabaseError(std::string(reason.substr(0, reason.find('\n'))));
}

/// Looks names up and connects, for which libpq blocks: a coroutine for a thread of its own.
asio::awaitable<NoticeConnection> connect(std::string parameters) {
    NoticeConnection connection(PQconnectdb(parameters.c_str()));
    if (PQstatus(connection.get()) != CONNECTION_OK) {
        throw failure_of(connection.get());
    }
    PQsetNoticeProcessor(connection.get(), [](void*, const char*) {}, nullptr);
    co_return connection;
}

/// The connection's socket, once more: libpq closes its own.
asio::posix::stream_descriptor socket_of(PGconn* connection,
                                         const asio::any_io_executor& executor) {
    Descriptor socket(::fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 0));
    if (socket.get() < 0) {
        throw DatabaseError("there are no more descriptors");
    }
    return {executor, socket.release()};
}

/// Takes what has come. Returns whether there may be news: there has been a notice, or LISTEN holds
/// from now on, and nobody has heard the notices before it. Throws DatabaseError if the connection
/// has ended.
bool take_news(PGconn* connection) {
    if (PQconsumeInput(connection) == 0) {
        throw failure_of(connection);
    }
    bool has_news = false;
    while (PQisBusy(connection) == 0) {
        const std::unique_ptr<PGresult, ClearResult> result(PQgetResult(connection));
        if (!result) {
            break;
        }
        if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) {
            throw failure_of(connection);
        }
        has_news = true;
    }
    while (const auto notice = std::unique_ptr<PGnotify, FreeNotice>(PQnotifies(connection))) {
        has_news = true;
    }
    return has_news;
}

/// Listens until the connection ends, which it throws.
asio::awaitable<void> listen_on(PGconn* connection, const std::function<void()>& on_notice) {
    auto socket = socket_of(connection, co_await this_coro::executor);
    if (PQsendQuery(connection, "LISTEN ipam") == 0) {
        throw failure_of(connection);
    }
    for (;;) {
        co_await socket.async_wait(asio::posix::stream_descriptor::wait_read, use_awaitable);
        if (take_news(connection)) {
            on_notice();
        }
    }
}

}  // namespace

asio::awaitable<void> listen_for_notices(std::string url, std::function<void()> on_notice) {
    // A server that vanishes without a word is noticed, sooner or later.
    const std::string parameters = "keepalives_idle='10' keepalives_interval='5' " +
                                   rest_api::parse_database_url(url).connection;
    asio::thread_pool connecting(1);
    asio::steady_timer pause(co_await this_coro::executor);
    for (bool is_known = false;;) {  // that there is no connection
        try {
            // Not cancelled, as http::on_thread() is not: it ends by itself, in seconds.
            const NoticeConnection connection = co_await asio::co_spawn(
                connecting, connect(parameters),
                asio::bind_cancellation_slot(asio::cancellation_slot(), use_awaitable));
            is_known = false;
            co_await listen_on(connection.get(), on_notice);
        } catch (const DatabaseError& error) {
            if (!std::exchange(is_known, true)) {
                spdlog::warn("notices: {}", error.what());
            }
        }
        pause.expires_after(1s);
        co_await pause.async_wait(use_awaitable);
    }
}

}  // namespace cookbook::control_plane
