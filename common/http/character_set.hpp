// Which characters a piece of a protocol may consist of.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace cookbook {

/// ASCII letters, digits, and some others.
class CharacterSet {
public:
    constexpr explicit CharacterSet(std::string_view others) {
        for (const std::string_view range :
             {std::string_view("09"), std::string_view("AZ"), std::string_view("az")}) {
            std::fill(&contains_[index(range[0])], &contains_[index(range[1])] + 1, true);
        }
        for (const char c : others) {
            contains_[index(c)] = true;
        }
    }

    [[nodiscard]] constexpr bool contains_all_of(std::string_view text) const {
        return std::ranges::all_of(text, [this](char c) { return contains_[index(c)]; });
    }

private:
    static constexpr std::size_t index(char c) { return static_cast<unsigned char>(c); }

    std::array<bool, 256> contains_{};
};

}  // namespace cookbook
