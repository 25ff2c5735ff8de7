// Whether a text that comes in pieces is UTF-8: known at its first bad byte. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace cookbook::websocket {

/// Checks a text piece by piece. A piece may end in the middle of a character.
class Utf8Checker {
public:
    /// Whether the text may go on like this.
    [[nodiscard]] bool take(std::string_view piece);

    /// Whether the text may end here. Begins with the next one.
    [[nodiscard]] bool finish();

private:
    bool take_rest(std::string_view& piece);

    std::array<char, 4> begun_{};  // a character whose rest has not come
    std::size_t size_ = 0;
};

}  // namespace cookbook::websocket
