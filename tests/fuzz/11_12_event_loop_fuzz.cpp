// Any bytes as a request for a number: taken are those that Python's int() takes, and no others.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "11_12_event_loop/fibonacci.hpp"

namespace {

constexpr std::int64_t max_n = 40;

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool is_one_of(char c, std::string_view set) {
    return set.find(c) != std::string_view::npos;
}

/// The grammar once more, byte by byte: white space, a sign, digits, white space.
bool is_whole_number(std::string_view text) {
    constexpr std::string_view white = " \t\n\v\f\r";
    std::size_t at = 0;
    while (at < text.size() && is_one_of(text[at], white)) {
        ++at;
    }
    at += at < text.size() && is_one_of(text[at], "+-") ? 1 : 0;
    const std::size_t digits = at;
    while (at < text.size() && is_one_of(text[at], "0123456789")) {
        ++at;
    }
    const bool has_digits = at > digits;
    while (at < text.size() && is_one_of(text[at], white)) {
        ++at;
    }
    return has_digits && at == text.size();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cookbook::event_loop;
    const std::string_view request(reinterpret_cast<const char*>(data), size);
    const auto n = parse_request(request, max_n);
    const bool valid = size <= max_request && is_whole_number(request);
    if (n) {
        require(valid && *n >= -1 && *n <= max_n);
    } else {
        require(n.error() == (valid ? "error: at most 40" : "error: not a whole number"));
    }
    return 0;
}
