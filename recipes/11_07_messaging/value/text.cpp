#include "text.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace cookbook::messaging {
namespace {

/// Whether the eight characters from `text` on are ASCII.
bool eight_are_ascii(const char* text) {
    std::uint64_t word = 0;
    std::memcpy(&word, text, sizeof(word));
    return (word & 0x8080808080808080U) == 0;
}

}  // namespace

Character character_at(std::string_view text, std::size_t position) {
    const auto byte = [&](std::size_t offset) -> unsigned {
        return static_cast<unsigned char>(text[position + offset]);
    };
    const unsigned first = byte(0);
    if (first < 0x80) {
        return {first, 1};
    }
    const std::size_t size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || text.size() - position < size) {
        return {};
    }
    // Shorter forms exist for what is below, and nothing for what is above (RFC 3629, 4).
    const unsigned lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned highest = first == 0xf4 ? 0x8f : 0xbf;
    if (byte(1) < lowest || byte(1) > highest) {
        return {};
    }
    char32_t code = first & (0x7fU >> size);
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) {
            return {};
        }
        code = code << 6U | (byte(i) & 0x3fU);
    }
    return {code, size};
}

std::size_t valid_utf8(std::string_view text) {
    constexpr std::size_t eight = sizeof(std::uint64_t);
    std::size_t position = 0;
    while (position < text.size()) {
        // Eight at a time; the last few together with those before them.
        const std::size_t from = std::min(position, std::max(text.size(), eight) - eight);
        if (text.size() >= eight && eight_are_ascii(text.data() + from)) {
            position = from + eight;
            continue;
        }
        const std::size_t size = character_at(text, position).size;
        if (size == 0) {
            break;
        }
        position += size;
    }
    return position;
}

std::string to_latin1(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t position = 0; position < text.size();) {
        const Character character = character_at(text, position);
        if (character.size == 0 || character.code > 0xff) {
            throw std::runtime_error("a character beyond U+00FF stands for no byte");
        }
        bytes.push_back(static_cast<char>(character.code));
        position += character.size;
    }
    return bytes;
}

}  // namespace cookbook::messaging
