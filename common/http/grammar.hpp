// The pieces of HTTP's grammar that the parser and the messages share (RFC 9110 and 3986). Pure.
#pragma once

#include <string>
#include <string_view>

namespace cookbook::http::grammar {

/// Whether `text` is a token, as methods and the names of fields are (RFC 9110, 5.6.2).
[[nodiscard]] bool is_token(std::string_view text) noexcept;

/// Whether `text` may be the value of a field: no control character but tab (RFC 9110, 5.5).
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

/// Whether two names, or two words of a value, are the same but for the case of ASCII letters.
[[nodiscard]] bool same_name(std::string_view one, std::string_view other) noexcept;

/// `text` with its ASCII letters in lower case.
[[nodiscard]] std::string to_lower(std::string_view text);

/// Whether `text` is decimal digits, at least one.
[[nodiscard]] bool is_number(std::string_view text) noexcept;

/// Whether `text` is uri-host [ ":" port ], as Host has it (RFC 9110, 7.2; RFC 3986, 3.2.2).
[[nodiscard]] bool is_host(std::string_view text) noexcept;

/// Whether `text` consists of characters that a request target may have (RFC 3986, 3.3 and 3.4;
/// what is not among them is percent-encoded). It has no fragment.
[[nodiscard]] bool is_target(std::string_view text) noexcept;

}  // namespace cookbook::http::grammar
