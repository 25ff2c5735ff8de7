// The field Set-Cookie (RFC 6265, 5.2). Pure.
#pragma once

#include <optional>
#include <string_view>

#include "cookie_date.hpp"

namespace cookbook::http_client {

/// What a Set-Cookie says. Of an attribute that comes several times, the last one holds; unknown
/// attributes, and values that mean nothing, are passed over. The views point into the field.
struct SetCookie {
    std::string_view name;
    std::string_view value;
    std::string_view domain;  // without a dot before it; empty if none is named
    std::string_view path;    // empty if none is named that begins with a slash
    std::optional<CookieTime> expires;
    std::optional<std::chrono::seconds> max_age;  // at least zero
    bool secure = false;
    bool http_only = false;
};

/// nullopt if it sets no cookie: without a name or an equals sign, or with a control character.
[[nodiscard]] std::optional<SetCookie> parse_set_cookie(std::string_view field);

}  // namespace cookbook::http_client
