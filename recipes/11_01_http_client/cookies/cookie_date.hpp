// Dates as servers write them into cookies. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace cookbook::http_client {

/// When a cookie expires, in whole seconds since 1970.
using CookieTime = std::chrono::sys_seconds;

/// Reads a date by the algorithm of RFC 6265, 5.1.1: a time, a day, a month and a year, in whatever
/// order and between whatever else. nullopt if one of them is missing or there is no such date.
[[nodiscard]] std::optional<CookieTime> parse_cookie_date(std::string_view text);

}  // namespace cookbook::http_client
