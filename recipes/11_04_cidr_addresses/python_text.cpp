#include "python_text.hpp"

#include <fmt/format.h>

#include <cstddef>

namespace cookbook::cidr_addresses {
namespace {

struct Lead {
    std::size_t length;  // of the whole sequence; 0: no such lead byte
    char32_t bits;
    char32_t least;  // smaller code points have shorter sequences, and must use them
};

constexpr Lead lead_of(unsigned char byte) noexcept {
    if (byte < 0x80) {
        return {1, byte, 0};
    }
    if (byte >> 5 == 0b110) {
        return {2, byte & 0x1FU, 0x80};
    }
    if (byte >> 4 == 0b1110) {
        return {3, byte & 0x0FU, 0x800};
    }
    if (byte >> 3 == 0b11110) {
        return {4, byte & 0x07U, 0x10000};
    }
    return {0, 0, 0};
}

constexpr bool is_surrogate(char32_t character) noexcept {
    return character >= 0xD800 && character <= 0xDFFF;
}

}  // namespace

char32_t take_character(std::string_view& text) noexcept {
    const auto first = static_cast<unsigned char>(text.front());
    const Lead lead = lead_of(first);
    char32_t character = lead.bits;
    bool valid = lead.length != 0 && lead.length <= text.size();
    for (std::size_t i = 1; valid && i < lead.length; ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        valid = byte >> 6 == 0b10;
        character = character << 6 | (byte & 0x3FU);
    }
    valid = valid && character >= lead.least && character <= 0x10FFFF && !is_surrogate(character);
    text.remove_prefix(valid ? lead.length : 1);
    return valid ? character : 0xDC00U + first;
}

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
