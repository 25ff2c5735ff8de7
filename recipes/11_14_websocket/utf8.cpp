#include "utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "common/net/utf8.hpp"

namespace cookbook::websocket {
namespace {

/// Passes over the ASCII at the start, eight bytes at a time: most texts are nothing else.
void skip_ascii(std::string_view& text) {
    constexpr std::uint64_t not_ascii = 0x8080808080808080;
    std::size_t size = 0;
    for (std::uint64_t word = 0; size + sizeof word <= text.size(); size += sizeof word) {
        std::memcpy(&word, text.data() + size, sizeof word);
        if ((word & not_ascii) != 0) {
            break;
        }
    }
    text.remove_prefix(size);
}

}  // namespace

bool Utf8Checker::take(std::string_view piece) {
    if (size_ > 0 && !take_rest(piece)) {
        return false;
    }
    for (skip_ascii(piece); !piece.empty();) {
        const Utf8Sequence sequence = utf8_sequence(piece);
        if (sequence.may_go_on) {
            std::ranges::copy(piece, begun_.begin());
            size_ = piece.size();
            return true;
        }
        if (!sequence.is_character) {
            return false;
        }
        piece.remove_prefix(sequence.size);
        if (sequence.size == 1) {
            skip_ascii(piece);
        }
    }
    return true;
}

/// Takes the rest of a character off the front of `piece`, as far as it has come.
bool Utf8Checker::take_rest(std::string_view& piece) {
    while (!piece.empty()) {
        begun_.at(size_++) = piece.front();
        piece.remove_prefix(1);
        const Utf8Sequence sequence = utf8_sequence({begun_.data(), size_});
        if (sequence.is_character) {
            size_ = 0;
            return true;
        }
        if (!sequence.may_go_on) {
            return false;
        }
    }
    return true;
}

bool Utf8Checker::finish() {
    return std::exchange(size_, 0) == 0;
}

}  // namespace cookbook::websocket
