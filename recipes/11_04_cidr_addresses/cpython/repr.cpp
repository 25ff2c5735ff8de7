#include "repr.hpp"

#include <fmt/format.h>
#include <boost/locale/utf.hpp>

#include <cstddef>
#include <cstdint>

namespace cookbook::cidr_addresses {
namespace {

/// Removes the first character of `text`, which is not empty, and returns it. A byte that is not
/// UTF-8 is a character of its own, a lone surrogate.
char32_t take_character(std::string_view& text) noexcept {
    const char* next = text.data();
    const auto character =
        boost::locale::utf::utf_traits<char>::decode(next, text.data() + text.size());
    if (!boost::locale::utf::is_valid_codepoint(character)) {
        const auto byte = static_cast<unsigned char>(text.front());
        text.remove_prefix(1);
        return 0xDC00U + byte;
    }
    text.remove_prefix(static_cast<std::size_t>(next - text.data()));
    return character;
}

}  // namespace

std::string python_repr(std::string_view text) {
    const bool single = text.find('\'') == text.npos || text.find('"') != text.npos;
    const char quote = single ? '\'' : '"';
    std::string quoted(1, quote);
    while (!text.empty()) {
        const std::string_view before = text;
        const char32_t character = take_character(text);
        if (character == U'\\' || character == static_cast<char32_t>(quote)) {
            quoted += '\\';
            quoted += static_cast<char>(character);
        } else if (character == U'\t') {
            quoted += "\\t";
        } else if (character == U'\n') {
            quoted += "\\n";
        } else if (character == U'\r') {
            quoted += "\\r";
        } else if (is_printable(character)) {
            quoted += before.substr(0, before.size() - text.size());
        } else {
            const auto number = static_cast<std::uint32_t>(character);
            quoted += number <= 0xFF     ? fmt::format("\\x{:02x}", number)
                      : number <= 0xFFFF ? fmt::format("\\u{:04x}", number)
                                         : fmt::format("\\U{:08x}", number);
        }
    }
    return quoted += quote;
}

std::string ascii_json(std::string_view json) {
    std::string ascii;
    ascii.reserve(json.size());
    while (!json.empty()) {
        const auto character = static_cast<std::uint32_t>(take_character(json));
        if (character < 0x80) {
            ascii += static_cast<char>(character);
        } else if (character <= 0xFFFF) {
            ascii += fmt::format("\\u{:04x}", character);
        } else {
            ascii += fmt::format("\\u{:04x}\\u{:04x}", 0xD7C0 + (character >> 10),
                                 0xDC00 + (character & 0x3FF));
        }
    }
    return ascii;
}

}  // namespace cookbook::cidr_addresses
