// The opening handshake as a client makes it (RFC 6455, 4.1).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "11_10_tls/trust.hpp"
#include "common/async/asio.hpp"
#include "common/net/address.hpp"
#include "common/net/stream.hpp"
#include "settings.hpp"

namespace cookbook::websocket {

/// Whom to connect to, and what for.
struct Target {
    bool is_tls = false;
    HostPort server = {};
    std::string path = "/";  // with the query
};

/// Parses ws://host[:port][/path][?query] or wss://…. Throws std::invalid_argument.
[[nodiscard]] Target parse_target(std::string_view url);

struct OpeningOptions {
    std::string origin = {};  // to be sent, if any: the value of a field
    bool compression = true;
    tls::ClientOptions tls = {};
    asio::steady_timer::duration timeout = 10s;  // for the handshake, once connected
};

/// An open connection: what a Connection is made of.
struct Link {
    std::unique_ptr<Stream> stream;
    Opened opened;
};

/// Connects and makes the handshake. Throws as connect() and connect_tls() do, and
/// std::runtime_error, "the server refused the handshake: 403 Forbidden" or why its response is
/// none to our request.
asio::awaitable<Link> open(Target target, OpeningOptions options);

}  // namespace cookbook::websocket
