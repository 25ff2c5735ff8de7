// What a Cache-Control says (RFC 9111, 5.2). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "11_01_http_client/message/fields.hpp"

namespace cookbook::resilient_client {

/// The directives that a private cache goes by, of a request or of a response. Names in any case;
/// of one that comes again, the first counts.
struct CacheControl {
    using Seconds = std::chrono::seconds;

    bool no_store = false;
    bool no_cache = false;         // also one that names fields
    bool must_revalidate = false;  // never stale, whatever else is allowed
    std::optional<Seconds> max_age = {};
    std::optional<Seconds> min_fresh = {};
    std::optional<Seconds> stale_if_error = {};  // RFC 5861, 4
};

/// Reads all fields of that name.
[[nodiscard]] CacheControl parse_cache_control(const http_client::Fields& fields);

/// What a number of seconds that is too large for its reader stands for (RFC 9111, 1.2.2).
inline constexpr std::chrono::seconds max_seconds{std::int64_t{1} << 31U};

/// Seconds as caches read them, at most max_seconds; nullopt if it is not a number, or a negative
/// one.
[[nodiscard]] std::optional<std::chrono::seconds> parse_seconds(std::string_view text);

}  // namespace cookbook::resilient_client
