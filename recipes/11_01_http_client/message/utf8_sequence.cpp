#include "utf8_sequence.hpp"

namespace cookbook::http_client {

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

}  // namespace cookbook::http_client
