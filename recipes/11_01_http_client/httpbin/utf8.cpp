#include "utf8.hpp"

#include <boost/locale/utf.hpp>

namespace cookbook::http_client {
namespace {

namespace utf = boost::locale::utf;

constexpr unsigned char first_of_many = 0x80;  // all below are ASCII

}  // namespace

std::size_t character_size(std::string_view text) noexcept {
    const auto* at = text.begin();
    const utf::code_point character = utf::utf_traits<char>::decode(at, text.end());
    const bool malformed = character == utf::illegal || character == utf::incomplete;
    return malformed ? 0 : static_cast<std::size_t>(at - text.begin());
}

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) {
            return false;
        }
        text.remove_prefix(size);
    }
    return true;
}

std::string replace_malformed(std::string_view text) {
    constexpr std::string_view replacement = "\xef\xbf\xbd";
    std::string replaced;
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        replaced += size == 0 ? replacement : text.substr(0, size);
        text.remove_prefix(size == 0 ? 1 : size);
    }
    return replaced;
}

std::string from_latin1(std::string_view text) {
    std::string converted;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < first_of_many) {
            converted += c;
        } else {
            converted += static_cast<char>(0xc0U | (byte >> 6U));
            converted += static_cast<char>(0x80U | (byte & 0x3fU));
        }
    }
    return converted;
}

}  // namespace cookbook::http_client
