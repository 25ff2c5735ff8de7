// The types that do not contain others, and their texts in a document. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cookbook::xml_rpc {

/// <nil/>
struct Nil {
    bool operator==(const Nil&) const = default;
};

/// <base64>: any bytes.
struct Bytes {
    std::string data;

    bool operator==(const Bytes&) const = default;
};

/// <dateTime.iso8601>: "20261231T23:59:59". XML-RPC does not say in which time zone; that is for
/// the peers to agree upon.
struct DateTime {
    using Local = std::chrono::local_time<std::chrono::microseconds>;

    std::string text;  // as it came, trimmed

    /// The date and time of day that the text names, with or without dashes, colons and a fraction;
    /// an offset behind them is read and left out. Nothing if that is not what the text is.
    [[nodiscard]] std::optional<Local> local() const;

    bool operator==(const DateTime&) const = default;
};

/// XML's white space: space, tab, line feed, carriage return.
[[nodiscard]] constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
[[nodiscard]] bool is_space(std::string_view text) noexcept;
/// Without the white space around it.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;

/// Decimal digits, a sign, white space around them; within 64 bits.
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view text);
/// "0" or "1", and nothing around it.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text);
/// Decimal text, to the nearest double, which may be infinite or 0; inf, infinity and nan in any
/// case. White space around it; no hexadecimal digits. Whatever the locale is.
[[nodiscard]] std::optional<double> parse_double(std::string_view text);
/// White space anywhere; the padding must be there (RFC 4648, 4).
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

/// The shortest text that reads back the same, as Python's repr(): "2.0", "1e+16", "inf".
void append_double(std::string& out, double real);
/// With `after_line` after each 76 characters, and at the end of the last line.
void append_base64(std::string& out, std::string_view data, std::string_view after_line);

}  // namespace cookbook::xml_rpc
