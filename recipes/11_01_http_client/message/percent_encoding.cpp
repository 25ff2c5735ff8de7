#include "percent_encoding.hpp"

#include <algorithm>
#include <boost/url/pct_string_view.hpp>

namespace cookbook::http_client {

void append_encoded(std::string& to, char c) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    to.append({'%', digits[byte >> 4U], digits[byte & 0xfU]});
}

bool has_control(std::string_view text) noexcept {
    return std::ranges::any_of(text, [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

std::string encode_illegal(std::string_view text) {
    constexpr std::string_view illegal = " \"<>\\^`{|}";
    std::string encoded;
    encoded.reserve(text.size());
    for (const char c : text) {
        if (static_cast<unsigned char>(c) > 0x7f || illegal.find(c) != illegal.npos) {
            append_encoded(encoded, c);
        } else {
            encoded += c;
        }
    }
    return encoded;
}

std::optional<std::string> percent_decode(std::string_view text) {
    const auto encoded = boost::urls::make_pct_string_view({text.data(), text.size()});
    return encoded ? std::optional(encoded->decode()) : std::nullopt;
}

}  // namespace cookbook::http_client
