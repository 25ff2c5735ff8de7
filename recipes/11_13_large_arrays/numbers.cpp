#include "numbers.hpp"

#include <algorithm>
#include <cstring>

namespace cookbook::large_arrays {

Numbers::Numbers(std::size_t count) : array_(count * sizeof(double)) {}

Header Numbers::header() const {
    return {.shape = {size() / sizeof(double)}};
}

std::span<const std::byte> Numbers::from(std::size_t offset) {
    constexpr std::size_t piece = std::size_t{1} << 20U;
    if (offset == made_) {
        const std::size_t end = std::min(made_ + piece, size());
        for (; made_ < end; made_ += sizeof(double)) {
            const std::size_t index = made_ / sizeof(double);
            const auto number = static_cast<double>(index);
            std::memcpy(&array_.bytes()[made_], &number, sizeof number);
        }
    }
    return array_.bytes().first(made_).subspan(offset);
}

}  // namespace cookbook::large_arrays
