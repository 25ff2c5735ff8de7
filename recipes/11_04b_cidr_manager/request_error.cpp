#include "request_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <string_view>

namespace cookbook::cidr_manager {
namespace {

bool belongs_in_a_word(unsigned char byte) {
    constexpr std::string_view others = "._-@+:/";
    return std::isalnum(byte) != 0 || byte >= 0x80 || others.find(char(byte)) != others.npos;
}

/// At most `size` bytes of a UTF-8 text, and whole characters.
std::string_view beginning(std::string_view text, std::size_t size) {
    if (text.size() <= size) {
        return text;
    }
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80) {
        --size;
    }
    return text.substr(0, size);
}

}  // namespace

void check_results(unsigned long long count) {
    if (count > max_results) {
        throw RequestError(fmt::format("too many results: at most {} at once", max_results));
    }
}

std::string as_word(const std::string& text) {
    constexpr std::size_t max_quoted = 64;
    const std::string_view shown = beginning(text, max_quoted);
    if (shown.size() == text.size() && !text.empty() &&
        std::ranges::all_of(text, belongs_in_a_word)) {
        return text;
    }
    return boost::json::serialize(boost::json::string_view(shown)) +
           (shown.size() < text.size() ? "..." : "");
}

}  // namespace cookbook::cidr_manager
