// Cookies as a server reads and writes them: Python's quoting, by which a value may be any bytes.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cookbook::http_client::httpbin {

/// The names and values of a Cookie field, "a=1; b=\"x\\054y\"", in their order, unquoted. What has
/// no name is passed over.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> split_cookies(
    std::string_view field);

/// A value as Set-Cookie may have it: in quotes if it needs any, and then controls, commas,
/// semicolons, and what is not ASCII as octal numbers.
[[nodiscard]] std::string quote_cookie_value(std::string_view value);

}  // namespace cookbook::http_client::httpbin
