#include "server.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "11_07_messaging/messaging.hpp"
#include "11_08_rpc/functions.hpp"
#include "11_08_rpc/zmq/router.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "loopback.hpp"

namespace cookbook::rpc {
namespace {

asio::awaitable<void> serve_connections(ServerSettings settings) {
    messaging::Listener listener(co_await this_coro::executor, settings.connection.address(),
                                 read_key(settings.connection), settings.connection.options);
    print_listening(to_string(listener.address()));
    settings.session.idle_timeout = settings.limits.idle_timeout;
    co_await listener.serve(settings.limits, [functions = example_functions(),
                                              options = settings.session](Connection connection) {
        return serve_calls(std::move(connection), functions, options);
    });
}

asio::awaitable<void> serve_zmq(ServerSettings settings) {
    const messaging::Options& options = settings.connection.options;
    if (!settings.connection.authkey_file.empty()) {
        spdlog::warn("--zmq has no key: every program on this machine may call");
    }
    Router router(co_await this_coro::executor, loopback_address(settings.connection.tcp),
                  {.max_calls = settings.session.max_calls,
                   .max_message = options.max_message,
                   .handshake_timeout = options.handshake_timeout,
                   .send_timeout = options.message_timeout});
    print_listening(to_string(router.address()));
    co_await router.serve(settings.limits, example_functions());
}

}  // namespace

void add_server_settings(CLI::App& command, ServerSettings& settings) {
    add_settings(command, settings.connection);
    add_limits(command, settings.limits);
    add_count(command, "--max-calls", settings.session.max_calls, "Calls in flight per connection");
    add_zmq(command, settings.zmq);
}

asio::awaitable<void> run_server(ServerSettings settings) {
    return settings.zmq ? serve_zmq(std::move(settings)) : serve_connections(std::move(settings));
}

}  // namespace cookbook::rpc
