// JSON as httpbin writes it: on one line, names sorted. Values are kept as their JSON texts, so
// that what a client has sent as JSON comes back digit for digit.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"

namespace cookbook::http_client::httpbin {

/// An object: names, and values as JSON texts.
using Members = std::map<std::string, std::string>;

/// Names and values that may come more than once.
using Values = std::map<std::string, std::vector<std::string>>;

/// A string. What is not UTF-8 in it becomes U+FFFD.
[[nodiscard]] std::string to_json(std::string_view text);
/// An object. The name of several values has a list of them.
[[nodiscard]] std::string to_json(const Values& values);
[[nodiscard]] std::string to_json(const Members& members);

/// `text` without the blanks around it; "null" if it is not JSON (RFC 8259), or nested deeper than
/// 100.
[[nodiscard]] std::string json_or_null(std::string_view text);

/// 200, the object and a line feed.
[[nodiscard]] http::Response json_response(const Members& members);

}  // namespace cookbook::http_client::httpbin
