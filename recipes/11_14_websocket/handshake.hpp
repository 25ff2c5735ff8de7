// The opening handshake as a server sees it: is it one, and may it come from there (RFC 6455, 4.2).
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"
#include "extension.hpp"

namespace cookbook::websocket {

/// The value of Sec-WebSocket-Accept for a key: it shows that the server speaks WebSocket and does
/// not merely repeat what it was sent.
[[nodiscard]] std::string accept_key(std::string_view key);

/// Whose pages may connect.
struct OriginPolicy {
    bool is_tls = false;                 // our own pages are https
    std::vector<std::string> also = {};  // "https://example.com", besides our own
};

/// Whether a page of `origin` may connect to a server that it calls `host`. A browser lets any page
/// connect to any server: only the server can say no.
[[nodiscard]] bool is_allowed(std::string_view origin, std::string_view host,
                              const OriginPolicy& policy);

/// What a server needs once it has accepted.
struct Accepted {
    std::string response;  // its head: what is to be sent before all frames
    std::optional<Compression> compression;
};

/// Accepts a handshake, with permessage-deflate if `compression` says so and the client offers it.
/// Error: 426 if it is none, or of another version; 400 if it is malformed; 403 if pages of there
/// may not connect.
[[nodiscard]] http::Result<Accepted> accept_handshake(const http::Request& request,
                                                      const OriginPolicy& policy, bool compression);

/// The response to what is no handshake: an error's, with the fields that 426 asks for.
[[nodiscard]] http::Response refusal(const http::Error& error);

}  // namespace cookbook::websocket
