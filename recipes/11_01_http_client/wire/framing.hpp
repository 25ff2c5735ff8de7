// What the head of a response says of the end of its body, and of its connection's. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "11_01_http_client/message/response.hpp"

namespace cookbook::http_client {

/// What the fields say of the body's length.
struct Framing {
    bool chunked = false;
    std::optional<std::uint64_t> length = {};

    /// Adds a Transfer-Encoding. False if it names anything but "chunked", or nothing.
    bool add_coding(std::string_view value);
    /// Adds a Content-Length. False if it is not a size, or another one than before. The same one
    /// may be said again (RFC 9112, 6.3).
    bool add_length(std::string_view value);
};

/// The size at the front of `text`, which is cut off; nullopt if there is none, or if it is 2⁶³ or
/// more: whoever counts in a signed number would see a negative one. Signs and "0x" are no part of
/// a size.
std::optional<std::uint64_t> take_size(std::string_view& text, int base);

/// Whether the response has HTTP's version 1.0.
[[nodiscard]] bool is_http_1_0(const Response& response);

/// Whether the connection may stay open (RFC 9112, 9.3).
[[nodiscard]] bool asks_to_keep_alive(const Response& response);

}  // namespace cookbook::http_client
