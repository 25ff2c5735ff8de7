#include "text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace cookbook::messaging {
namespace {

unsigned byte_at(std::string_view text, std::size_t position) {
    return static_cast<unsigned char>(text[position]);
}

/// The length of the sequence that begins at `position`, 0 where it is broken.
std::size_t sequence_length(std::string_view text, std::size_t position) {
    const unsigned first = byte_at(text, position);
    if (first < 0x80) {
        return 1;
    }
    const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || text.size() - position < length) {
        return 0;
    }
    // Shorter forms exist for what is below, and nothing for what is above (RFC 3629, 4).
    const unsigned lowest = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned highest = first == 0xf4 ? 0x8f : 0xbf;
    const unsigned second = byte_at(text, position + 1);
    const bool rest_continues = std::ranges::all_of(text.substr(position + 2, length - 2),
                                                    [](char c) { return (c & 0xc0) == 0x80; });
    return second >= lowest && second <= highest && rest_continues ? length : 0;
}

}  // namespace

std::size_t valid_utf8(std::string_view text) {
    std::size_t position = 0;
    while (position < text.size()) {
        std::uint64_t word = 0;
        if (text.size() - position >= sizeof(word)) {
            std::memcpy(&word, text.data() + position, sizeof(word));
            if ((word & 0x8080808080808080U) == 0) {  // eight characters of ASCII
                position += sizeof(word);
                continue;
            }
        }
        const std::size_t length = sequence_length(text, position);
        if (length == 0) {
            break;
        }
        position += length;
    }
    return position;
}

std::string to_latin1(std::string_view text) {
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t position = 0; position < text.size(); ++position) {
        const unsigned byte = byte_at(text, position);
        if (byte < 0x80) {
            bytes.push_back(static_cast<char>(byte));
        } else if (byte == 0xc2 || byte == 0xc3) {
            const unsigned low_bits = byte_at(text, ++position) & 0x3fU;
            bytes.push_back(static_cast<char>((byte & 0x03U) << 6U | low_bits));
        } else {
            throw std::runtime_error("a character beyond U+00FF stands for no byte");
        }
    }
    return bytes;
}

std::string printable(std::string_view text) {
    constexpr std::size_t most = 60;
    std::string result(text.substr(0, most));
    std::ranges::replace_if(result, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text.size() > most ? result + "..." : result;
}

}  // namespace cookbook::messaging
