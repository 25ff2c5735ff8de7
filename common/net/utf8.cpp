#include "common/net/utf8.hpp"

#include <fmt/format.h>

#include <iterator>

namespace cookbook {
namespace {

/// Whether a character may be in a line of text.
bool is_for_a_line(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    const bool is_c1 = first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0;
    const bool is_separator = character == "\u2028" || character == "\u2029";
    return first >= ' ' && first != 0x7f && !is_c1 && !is_separator;
}

}  // namespace

Utf8Sequence utf8_sequence(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return {1, true};
    }
    if (first < 0xc2 || first > 0xf4) {
        return {1, false};
    }
    // Shorter forms exist for what is below; above are surrogates, and nothing (RFC 3629, 4).
    const unsigned lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned highest = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    for (std::size_t i = 1; i < size; ++i) {
        if (i == text.size()) {
            return {i, false, true};
        }
        const bool fits =
            i == 1 ? byte(i) >= lowest && byte(i) <= highest : (byte(i) & 0xc0U) == 0x80;
        if (!fits) {
            return {i, false};
        }
    }
    return {size, true};
}

bool is_utf8(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const Utf8Sequence sequence = utf8_sequence(bytes);
        if (!sequence.is_character) {
            return false;
        }
        bytes.remove_prefix(sequence.size);
    }
    return true;
}

std::string printable(std::string_view text, std::optional<char> substitute) {
    std::string line;
    while (!text.empty()) {
        const Utf8Sequence sequence = utf8_sequence(text);
        const std::string_view bytes = text.substr(0, sequence.size);
        if (sequence.is_character && is_for_a_line(bytes)) {
            line += bytes;
        } else if (substitute) {
            line += *substitute;
        } else {
            for (const char byte : bytes) {
                fmt::format_to(std::back_inserter(line), "\\x{:02x}",
                               static_cast<unsigned char>(byte));
            }
        }
        text.remove_prefix(sequence.size);
    }
    return line;
}

std::string brief(std::string_view text, std::size_t max_size) {
    if (text.size() <= max_size) {
        return std::string(text);
    }
    std::size_t size = max_size;
    while (size > 0 && (text[size] & 0xc0) == 0x80) {  // within a character
        --size;
    }
    return std::string(text.substr(0, size)) + "…";
}

}  // namespace cookbook
