#include "characters.hpp"

#include <algorithm>

#include "common/net/utf8.hpp"

namespace cookbook::xml_rpc {
namespace {

/// Printable ASCII and white space. Without branches, so that the compiler makes vectors of it.
bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_printable = static_cast<unsigned char>(byte - 0x20U) < 0x60;
    const bool is_white = (byte == '\n') | (byte == '\t') | (byte == '\r');  // NOLINT
    return is_printable | is_white;                                          // NOLINT
}

constexpr std::size_t block_size = 32;

/// Whether a whole block is plain.
bool is_plain_block(const char* block) {
    bool all_plain = true;
    for (std::size_t i = 0; i < block_size; ++i) {
        all_plain &= is_plain(block[i]);
    }
    return all_plain;
}

}  // namespace

std::size_t find_forbidden(std::string_view text) noexcept {
    std::size_t at = 0;
    while (at < text.size()) {
        if (text.size() - at >= block_size && is_plain_block(&text[at])) {
            at += block_size;
            continue;
        }
        for (const std::size_t end = std::min(at + block_size, text.size()); at < end;) {
            const std::string_view rest = text.substr(at);
            const Utf8Sequence sequence = utf8_sequence(rest);
            const bool is_excluded = (sequence.size == 1 && !is_plain(rest[0])) ||
                                     rest.starts_with("\xef\xbf\xbe") ||
                                     rest.starts_with("\xef\xbf\xbf");
            if (!sequence.is_character || is_excluded) {
                return at;
            }
            at += sequence.size;
        }
    }
    return text.npos;
}

bool is_ascii(std::string_view text) noexcept {
    unsigned char all_bits = 0;
    for (const char c : text) {
        all_bits |= static_cast<unsigned char>(c);
    }
    return all_bits < 0x80;
}

void append_utf8(std::string& out, char32_t c) {
    const auto last = [](char32_t bits) { return static_cast<char>(0x80U | (bits & 0x3fU)); };
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += {static_cast<char>(0xc0U | c >> 6U), last(c)};
    } else if (c < 0x10000) {
        out += {static_cast<char>(0xe0U | c >> 12U), last(c >> 6U), last(c)};
    } else {
        out += {static_cast<char>(0xf0U | c >> 18U), last(c >> 12U), last(c >> 6U), last(c)};
    }
}

}  // namespace cookbook::xml_rpc
