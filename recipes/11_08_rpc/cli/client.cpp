#include "client.hpp"

#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

#include "11_07_messaging/messaging.hpp"
#include "11_08_rpc/session/json_rpc_client.hpp"
#include "11_08_rpc/session/proxy.hpp"
#include "11_08_rpc/zmq/dealer_channel.hpp"
#include "calls.hpp"
#include "common/async/within.hpp"
#include "common/cli/options.hpp"
#include "loopback.hpp"
#include "results.hpp"

namespace cookbook::rpc {
namespace {

using Timeout = std::optional<asio::steady_timer::duration>;

/// The call that the command line has, if it has one.
std::optional<Call> call_of(const ClientSettings& settings) {
    if (settings.texts.empty()) {
        return std::nullopt;
    }
    Call call = parse_call(settings.texts, json_form(settings.form));
    if (settings.form == Form::json && !call.args.empty() && !call.kwargs.empty()) {
        throw CLI::ValidationError("--form json",
                                   "takes arguments by position or by name, not both");
    }
    return call;
}

/// Says with whom we failed to talk: "talk to HOST:PORT: reason".
template <typename T>
asio::awaitable<T> named(std::string server, asio::awaitable<T> talk) {
    try {
        co_return co_await std::move(talk);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            throw;
        }
        throw std::system_error(error.code(), "talk to " + server);
    }
}

asio::awaitable<void> print(const Caller& caller, Form form, std::optional<Call> call) {
    return call ? print_result(caller, form, std::move(*call)) : print_results(caller, form);
}

asio::awaitable<std::unique_ptr<Channel>> connect(messaging::Settings settings, bool zmq) {
    const messaging::Options& options = settings.options;
    if (zmq) {
        co_return co_await connect_dealer(loopback_address(settings.tcp),
                                          {.max_message = options.max_message,
                                           .handshake_timeout = options.handshake_timeout,
                                           .idle_timeout = options.idle_timeout});
    }
    co_return std::make_unique<ConnectionChannel>(
        co_await messaging::connect(settings.address(), read_key(settings), options));
}

asio::awaitable<void> talk(ClientSettings settings, std::optional<Call> call) {
    messaging::Options& options = settings.connection.options;
    if (settings.timeout) {  // for a call as a whole, so that silence has no limit of its own
        options.idle_timeout = asio::steady_timer::duration::max();
    }
    std::unique_ptr<Channel> channel = co_await connect(settings.connection, settings.zmq);
    const Timeout timeout = settings.timeout;
    const std::string server = to_string(settings.connection.address());
    if (settings.form == Form::json) {
        JsonRpcClient client(std::move(channel), options.idle_timeout);
        const Caller caller = [&](Call one) {
            return named(server, client.call(std::move(one), timeout));
        };
        co_await client.run(print(caller, settings.form, std::move(call)));
    } else {
        RpcProxy proxy(std::move(channel), settings.form);
        const Caller caller = [&](Call one) {
            asio::awaitable<Value> result = proxy.call(std::move(one));
            return named(server, timeout ? within(*timeout, std::move(result)) : std::move(result));
        };
        co_await print(caller, settings.form, std::move(call));
    }
}

}  // namespace

void add_client_settings(CLI::App& command, ClientSettings& settings) {
    add_settings(command, settings.connection);
    add_zmq(command, settings.zmq);
    add_choice(command, "--form", settings.form,
               {{"pickle", Form::pickle}, {"tuple", Form::tuple}, {"json", Form::json}},
               "How calls are written: a pickle in a pickle, a pickle, or JSON-RPC 2.0");
    command
        .add_option_function<double>(
            "--timeout",
            [&settings](double seconds) {
                if (std::isnan(seconds)) {  // which CLI::Range lets through
                    throw CLI::ValidationError("--timeout", "not a number of seconds");
                }
                settings.timeout = std::chrono::ceil<asio::steady_timer::duration>(
                    std::chrono::duration<double>(seconds));
            },
            "Give up a call after so many seconds, else after 60 of silence; --form json tells the "
            "server, too")
        ->check(CLI::Range(0.001, 1e9).description(""))
        ->type_name("SECONDS");
}

asio::awaitable<void> run_client(ClientSettings settings) {
    if (settings.zmq && settings.form == Form::pickle) {
        settings.form = Form::tuple;
    }
    const std::optional<Call> call = call_of(settings);
    return call && settings.timeout ? named(to_string(settings.connection.address()),
                                            within(*settings.timeout, talk(settings, call)))
                                    : talk(settings, call);
}

}  // namespace cookbook::rpc
