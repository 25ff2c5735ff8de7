#include "control_plane.hpp"

#include <utility>

#include "11_10_tls/tls.hpp"
#include "common/async/task_group.hpp"
#include "common/http/server.hpp"
#include "common/net/tcp.hpp"
#include "data_folder.hpp"
#include "events.hpp"
#include "notices.hpp"
#include "rest.hpp"
#include "rpc.hpp"
#include "schema.hpp"
#include "sweep.hpp"

namespace cookbook::control_plane {
namespace {

std::string database_url(const ServerOptions& options) {
    return options.database.empty() ? "sqlite:" + (options.data / "ipam.db").string()
                                    : options.database;
}

RestOptions rest_options(const ServerOptions& options) {
    return {.key = read_key(options.data / "admin.key"),
            .limits = options.limits,
            .connection = {.idle_timeout = options.limits.idle_timeout},
            .origins = {.also = options.origins}};
}

/// Whoever calls shows a certificate of the folder's authority.
tls::ServerOptions tls_options(const ServerOptions& options) {
    const bool is_own = options.cert.empty();
    return {.cert = is_own ? options.data / "server.pem" : options.cert,
            .key = is_own ? options.data / "server.pem" : options.key,
            .client_ca = options.data / "ca.pem",
            .alpn = {"http/1.1"}};
}

/// A part of the service that ends when it is cancelled, and only then.
asio::awaitable<void> until_cancelled(asio::awaitable<void> part) {
    try {
        co_await std::move(part);
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted) {
            throw;
        }
    }
}

}  // namespace

asio::awaitable<Doors> open_doors(const ServerOptions& options) {
    const auto executor = co_await this_coro::executor;
    co_return Doors{listen(executor, options.address),
                    listen(executor, {options.address.host, options.rpc_port})};
}

asio::awaitable<void> serve(Doors doors, ServerOptions options, std::function<void()> on_ready) {
    co_await this_coro::throw_if_cancelled(false);  // a cancellation is how a server ends
    make_data_folder(options.data);
    const std::string url = database_url(options);
    // A change waits for the one before it, so more writers would only wait within the database.
    rest_api::Database database({.url = url, .one_writer = true}, migrations());
    Watchers watchers(database);
    const auto wake = [&watchers] { watchers.wake(); };
    Service service(database, wake);
    const RestOptions rest = rest_options(options);
    const RpcOptions rpc{.limits = options.limits, .owner_is_cn = options.owner_is_cn};
    tls::ServerCredentials credentials(tls_options(options));
    on_ready();

    // All that is needed to answer lives until both servers have drained.
    TaskGroup group(co_await this_coro::executor);
    group.spawn(
        http::serve(std::move(doors.rest), options.limits, make_rest(service, watchers, rest)));
    group.spawn(serve_rpc(std::move(doors.rpc), service, credentials, rpc));
    group.spawn(until_cancelled(watchers.run()));
    group.spawn(until_cancelled(keep_sweeping(service, options.sweep, options.keep_events)));
    if (rest_api::parse_database_url(url).is_postgresql) {
        group.spawn(until_cancelled(listen_for_notices(url, wake)));
    }
    co_await tls::reload_on_hangup(credentials, group.join());
}

}  // namespace cookbook::control_plane
