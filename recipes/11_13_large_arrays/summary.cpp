#include "summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <vector>

namespace cookbook::large_arrays {
namespace {

template <typename Number>
std::string number_text(std::span<const std::byte> element) {
    Number number{};
    std::memcpy(&number, element.data(), sizeof number);
    if constexpr (std::floating_point<Number>) {
        if (!std::isfinite(number)) {
            return "null";
        }
        const std::string text = fmt::format("{}", number);
        return text.find_first_of(".e") == text.npos ? text + ".0" : text;
    } else {
        return fmt::format("{}", +number);
    }
}

std::string element_text(const ElementType& type, std::span<const std::byte> element) {
    switch (type.kind) {
        case 'b':
            return element[0] == std::byte{0} ? "0" : "1";
        case 'f':
            return type.size == 4 ? number_text<float>(element) : number_text<double>(element);
        case 'i':
            return type.size == 1   ? number_text<std::int8_t>(element)
                   : type.size == 2 ? number_text<std::int16_t>(element)
                   : type.size == 4 ? number_text<std::int32_t>(element)
                                    : number_text<std::int64_t>(element);
        default:
            return type.size == 1   ? number_text<std::uint8_t>(element)
                   : type.size == 2 ? number_text<std::uint16_t>(element)
                   : type.size == 4 ? number_text<std::uint32_t>(element)
                                    : number_text<std::uint64_t>(element);
    }
}

}  // namespace

std::string summarize(const Header& header, std::span<const std::byte> elements, double seconds) {
    constexpr std::size_t max_shown = 10;
    const std::size_t size = header.type.size;
    std::vector<std::string> first;
    for (std::size_t n = 0; n < std::min(elements.size() / size, max_shown); ++n) {
        first.push_back(element_text(header.type, elements.subspan(n * size, size)));
    }
    return fmt::format(
        R"({{"descr": "{}", "shape": [{}], "fortran_order": {}, "bytes": {}, "first": [{}], )"
        R"("seconds": {:.3f}, "GB/s": {:.2f}}})",
        descr(header.type), fmt::join(header.shape, ", "), header.fortran_order, elements.size(),
        fmt::join(first, ", "), seconds,
        seconds > 0 ? static_cast<double>(elements.size()) / 1e9 / seconds : 0.0);
}

}  // namespace cookbook::large_arrays
