#include "options.hpp"

#include <charconv>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>

#include "11_03_udp_server/socket.hpp"
#include "common/cli/options.hpp"

namespace cookbook::udp_telemetry {
namespace {

constexpr int max_int = std::numeric_limits<int>::max();

/// Calls `use` with each text. What it refuses is bad usage.
template <typename Use>
CLI::Option* add_checked(CLI::App& command, const std::string& name, const std::string& type,
                         const std::string& description, Use use) {
    const auto use_all = [use, name](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
            try {
                use(text);
            } catch (const std::invalid_argument& reason) {
                throw CLI::ValidationError(name, reason.what());
            }
        }
    };
    return command.add_option_function<std::vector<std::string>>(name, use_all, description)
        ->type_name(type)
        ->allow_extra_args(false);
}

std::uint32_t number_of(const std::string& text) {
    std::uint32_t number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc() || end != last) {
        throw std::invalid_argument(text + ": not a number from 0 to 4294967295");
    }
    return number;
}

/// What is wrong with the text, or nothing.
std::string is_address(const std::string& text) {
    error_code error;
    asio::ip::make_address(text, error);
    return error ? text + " is not an IPv4 or IPv6 address" : "";
}

void add_interface(CLI::App& command, std::string& interface) {
    command
        .add_option("--interface", interface,
                    "For groups: its name, or, for IPv4, one of its addresses")
        ->type_name("ADDRESS");
}

void add_groups(CLI::App& server, ServerSettings& settings) {
    add_checked(server, "--join", "GROUP", "Answer what is sent to this group; may be repeated",
                [&](const std::string& text) { settings.groups.push_back(to_group(text)); });
    add_interface(server, settings.route.interface);
    add_checked(server, "--beacon", "ADDRESS:PORT",
                "Send the statistics to this group or broadcast address",
                [&](const std::string& text) { settings.options.beacon = to_endpoint(text); })
        ->expected(1);
    server.add_option("--ttl", settings.route.ttl, "Of beacons to groups: 1 is this network")
        ->check(CLI::Range(0, 255).description(""))
        ->capture_default_str();
    server.add_flag_callback(
        "--no-loop", [&] { settings.route.loop = false; },
        "Beacons to groups are not for this machine");
}

/// The address, --port and --interface.
void add_audience(CLI::App& command, Audience& audience) {
    command.add_option("address", audience.address, "A group or a broadcast address")
        ->type_name("GROUP|BROADCAST")
        ->check(is_address)
        ->required();
    command.add_option("--port", audience.port, "Port")->type_name("PORT")->capture_default_str();
    add_interface(command, audience.interface);
}

}  // namespace

void add_server_options(CLI::App& server, ServerSettings& settings) {
    Options& options = settings.options;
    add_address(server, settings.address);
    server
        .add_option("--max-datagram", options.max_datagram,
                    "Bytes of a datagram; longer ones are INVALID")
        ->check(CLI::Range(1, 65'535).description(""))
        ->capture_default_str();
    server
        .add_option("--max-clients", options.clients.max_clients,
                    "Clients to remember; then the longest silent one goes")
        ->check(CLI::Range(1, 10'000'000).description(""))
        ->capture_default_str();
    add_seconds(server, "--expiry", options.clients.expiry,
                "Forget a client that has been silent for this long");
    add_count(server, "--rate", options.clients.rate, "Replies a second to one client");
    add_seconds(server, "--every", options.every, "How often to log the statistics");
    add_groups(server, settings);
    server
        .add_option("--receive-buffer", settings.receive_buffer,
                    "For datagrams that wait to be received")
        ->check(CLI::Range(1, max_int).description(""))
        ->type_name("BYTES");
    add_seconds(server, "--drain", options.drain_timeout,
                "After SIGINT or SIGTERM, answer what has come for this long");
}

void check(const ServerSettings& settings) {
    const std::string& host = settings.address.host;
    for (const asio::ip::address& group : settings.groups) {
        if (!can_join(host, group)) {
            throw CLI::ValidationError("--join",
                                       group.to_string() + ": a server bound to " + host +
                                           " gets nothing that is sent to this group; use --host " +
                                           (group.is_v4() ? "0.0.0.0" : "::"));
        }
    }
    const std::optional<udp::endpoint>& beacon = settings.options.beacon;
    if (beacon && !can_send(host, beacon->address())) {
        throw CLI::ValidationError("--beacon", to_string(*beacon) + ": a server bound to " + host +
                                                   " cannot send to this address; use --host " +
                                                   (beacon->address().is_v4() ? "0.0.0.0" : "::"));
    }
}

void add_client_options(CLI::App& client, ClientSettings& settings) {
    add_address(client, settings.address);
    add_seconds(client, "--timeout", settings.retries.timeout,
                "Wait for a reply; each further attempt waits twice as long");
    add_count(client, "--attempts", settings.retries.attempts, "How often to send each request");
    add_checked(client, "--increment", "NUMBER",
                "0 to 4294967295, for the server to add 1 to; may be repeated",
                [&](const std::string& text) { settings.numbers.push_back(number_of(text)); });
}

void add_discover_options(CLI::App& command, AudienceSettings& settings) {
    add_audience(command, settings.audience);
    add_seconds(command, "--wait", settings.wait, "How long to wait for answers");
}

void add_listen_options(CLI::App& command, AudienceSettings& settings) {
    add_audience(command, settings.audience);
    command.add_option("--count", settings.count, "End after so many datagrams")
        ->check(CLI::Range(1, max_int).description(""));
}

udp::socket open_server_socket(const asio::any_io_executor& executor,
                               const ServerSettings& settings) {
    udp::socket socket =
        udp_server::open_socket(executor, settings.address, settings.receive_buffer);
    take_joined_groups_only(socket);
    set_route(socket, settings.route);
    for (const asio::ip::address& group : settings.groups) {
        join(socket, group, settings.route.interface);
    }
    return socket;
}

}  // namespace cookbook::udp_telemetry
