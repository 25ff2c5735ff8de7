#include "options.hpp"

#include <utility>

#include "11_10_tls/tls.hpp"
#include "common/cli/http_options.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/options.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::websocket {
namespace {

/// 0 or more.
void add_number(CLI::App& command, const std::string& name, std::size_t& value,
                const std::string& description) {
    command.add_option(name, value, description)
        ->check(CLI::Range(0, std::numeric_limits<int>::max()).description(""))
        ->capture_default_str();
}

void add_compression(CLI::App& command, bool& compression) {
    command.add_flag_callback(
        "--no-compression", [&compression] { compression = false; },
        "Do without permessage-deflate");
}

void add_trust(CLI::App& command, tls::ClientOptions& options) {
    command
        .add_option("--cacert", options.cacert,
                    "The authorities to trust, PEM, instead of the system's")
        ->type_name("FILE");
}

/// Empty if it is an origin, as browsers send it.
std::string why_no_origin(const std::string& text) {
    const std::size_t colon = text.find("://");
    const bool is_origin = colon != text.npos && colon > 0 && colon + 3 < text.size() &&
                           text.find('/', colon + 3) == text.npos;
    return is_origin ? "" : "an origin is SCHEME://HOST[:PORT]";
}

/// Empty if it can be sent as one: "null", too, which is no origin of a server.
std::string why_not_sent(const std::string& text) {
    return http::grammar::is_field_value(text) ? "" : "an origin has no control character";
}

void add_tls(CLI::App& command, ServerSettings& settings) {
    CLI::Option* const cert = command.add_option(
        "--cert", settings.cert, "Serve wss: the certificate, then its intermediates, PEM");
    CLI::Option* const key = command.add_option("--key", settings.key, "Its private key, PEM");
    cert->type_name("FILE")->needs(key);
    key->type_name("FILE")->needs(cert);
}

asio::awaitable<void> serve_tls(tcp::acceptor acceptor, ServerOptions options,
                                tls::ServerCredentials& credentials) {
    options.origins.is_tls = true;
    co_await tls::reload_on_hangup(
        credentials, serve(std::move(acceptor), std::move(options), tls::over_tls(credentials)));
}

}  // namespace

void add_origins(CLI::App& command, std::vector<std::string>& origins) {
    command
        .add_option("--origin", origins,
                    "Let pages of this origin in, besides our own: https://example.com")
        ->allow_extra_args(false)
        ->check(CLI::Validator(why_no_origin, ""))
        ->type_name("ORIGIN");
}

void add_server(CLI::App& command, ServerSettings& settings) {
    ServerOptions& options = settings.options;
    add_address(command, settings.address);
    add_tls(command, settings);
    add_origins(command, options.origins.also);
    add_count(command, "--max-message", options.connection.max_message, "Bytes of a message");
    add_count(command, "--queue", options.connection.max_queue,
              "Bytes that wait for a peer that takes too little");
    add_seconds(
        command, "--ping", options.connection.ping_interval,
        "After this long without a byte, at most half of --idle, ask the peer whether it is "
        "there");
    add_seconds(command, "--close-time", options.connection.close_timeout,
                "How long a peer may take to answer our Close");
    add_number(command, "--history", options.chat.max_history, "Messages that a room keeps");
    add_count(command, "--rooms", options.chat.max_rooms, "Rooms at once");
    add_count(command, "--rate", options.chat.max_rate, "Messages per second of one person");
    add_compression(command, options.connection.compression);
    add_http_limits(command, options.limits);
}

void add_chat_client(CLI::App& command, ClientSettings& settings) {
    add_address(command, settings.server);
    command.add_flag("--tls", settings.is_tls, "Speak wss");
    add_trust(command, settings.tls);
    command.add_option("--name", settings.name, "Who you are")
        ->type_name("NAME")
        ->capture_default_str();
    command.add_option("--room", settings.room, "Where to talk")
        ->type_name("NAME")
        ->capture_default_str();
    command.add_flag("--json", settings.json, "Show each event as it comes");
}

void add_connect(CLI::App& command, ConnectSettings& settings) {
    command.add_option("url", settings.url, "ws://HOST[:PORT][/PATH] or wss://…")
        ->required()
        ->type_name("URL")
        ->check(CLI::Validator(
            [](const std::string& url) -> std::string {
                try {
                    static_cast<void>(parse_target(url));
                    return {};
                } catch (const std::exception& error) {
                    return error.what();
                }
            },
            ""));
    command.add_flag("--echo", settings.echo, "Send back what comes, instead of stdin");
    command.add_option("--origin", settings.opening.origin, "Say that a page of there connects")
        ->check(CLI::Validator(why_not_sent, ""))
        ->type_name("ORIGIN");
    add_count(command, "--max-message", settings.connection.max_message, "Bytes of a message");
    add_compression(command, settings.opening.compression);
    add_trust(command, settings.opening.tls);
}

asio::awaitable<void> run_server(ServerSettings settings) {
    if (!settings.cert) {
        co_await listen_and_serve(settings.address, [&](tcp::acceptor acceptor) {
            return serve(std::move(acceptor), settings.options);
        });
        co_return;
    }
    tls::ServerCredentials credentials({.cert = *settings.cert, .key = *settings.key});
    co_await listen_and_serve(settings.address, [&](tcp::acceptor acceptor) {
        return serve_tls(std::move(acceptor), settings.options, credentials);
    });
}

}  // namespace cookbook::websocket
