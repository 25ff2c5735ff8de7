#include <algorithm>
#include <array>

#include "scalar.hpp"

namespace cookbook::xml_rpc {
namespace {

constexpr std::string_view base64_digits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::array<int, 256> base64_values = [] {
    std::array<int, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < base64_digits.size(); ++i) {
        values[static_cast<unsigned char>(base64_digits[i])] = static_cast<int>(i);
    }
    return values;
}();

}  // namespace

std::optional<std::string> decode_base64(std::string_view text) {
    std::string data;
    data.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    std::size_t digits = 0;
    std::size_t padding = 0;
    for (const char c : text) {
        if (is_space(c)) {
            continue;
        }
        const int value = base64_values[static_cast<unsigned char>(c)];
        padding += c == '=' ? 1 : 0;
        if ((value < 0 || padding > 0) && c != '=') {
            return {};
        }
        bits = bits << 6U | static_cast<std::uint32_t>(std::max(value, 0));
        if (++digits % 4 == 0) {
            data += {static_cast<char>(bits >> 16U), static_cast<char>(bits >> 8U & 0xffU),
                     static_cast<char>(bits & 0xffU)};
        }
    }
    if (digits % 4 != 0 || padding > 2) {
        return {};
    }
    data.resize(data.size() - padding);
    return data;
}

void append_base64(std::string& out, std::string_view data, std::string_view after_line) {
    constexpr std::size_t line = 57;  // bytes in 76 characters
    const auto byte = [&](std::size_t i) -> std::uint32_t {
        return i < data.size() ? static_cast<unsigned char>(data[i]) : 0;
    };
    for (std::size_t i = 0; i < data.size(); i += 3) {
        const std::uint32_t bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        const std::size_t left = data.size() - i;
        out += base64_digits[bits >> 18U];
        out += base64_digits[bits >> 12U & 63U];
        out += left > 1 ? base64_digits[bits >> 6U & 63U] : '=';
        out += left > 2 ? base64_digits[bits & 63U] : '=';
        if ((i + 3) % line == 0 || left <= 3) {
            out += after_line;
        }
    }
}

}  // namespace cookbook::xml_rpc
