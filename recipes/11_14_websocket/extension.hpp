// Sec-WebSocket-Extensions, of which we speak permessage-deflate (RFC 6455, 9.1; RFC 7692, 7.1).
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cookbook::websocket {

/// What both sides have agreed upon: every message is compressed by itself.
struct Compression {
    int window_bits = 15;  // of what we send: how far back the peer can look
};

/// What a server agrees to, and how it says so.
struct Acceptance {
    Compression compression;
    std::string response;
};

/// Chooses the first offer in a client's list that can be served; none if there is none. An offer
/// with a parameter that is unknown, comes twice or has a wrong value is passed over.
[[nodiscard]] std::optional<Acceptance> accept_offer(std::string_view offers);

/// What a client offers.
inline constexpr std::string_view offer =
    "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// What a client takes from the server's response to its offer. Nothing if the server has agreed
/// to something that was not offered.
[[nodiscard]] std::optional<Compression> check_acceptance(std::string_view response);

}  // namespace cookbook::websocket
