#include "fibonacci.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

namespace cookbook::event_loop {
namespace {

constexpr std::string_view white_space = " \t\n\v\f\r";

std::string_view strip(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(white_space), text.size()));
    return text.substr(0, text.find_last_not_of(white_space) + 1);
}

bool is_decimal(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Of any length; what is too large for the type is its largest value.
std::int64_t to_number(std::string_view digits) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), number);
    return error == std::errc() ? number : std::numeric_limits<std::int64_t>::max();
}

}  // namespace

boost::system::result<std::int64_t, std::string> parse_request(std::string_view request,
                                                               std::int64_t max) {
    std::string_view digits = strip(request);
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) {
        digits.remove_prefix(1);
    }
    if (request.size() > max_request || !is_decimal(digits)) {
        return std::string("error: not a whole number");
    }
    const std::int64_t n = to_number(digits);
    if (negative) {
        return n == 0 ? 0 : -1;
    }
    if (n > max) {
        return fmt::format("error: at most {}", max);
    }
    return n;
}

// NOLINTNEXTLINE(misc-no-recursion): it is what takes so long
std::uint64_t fibonacci(std::int64_t n, const std::stop_token& stop) {
    constexpr std::int64_t a_millisecond = 25;  // about so long does it take
    if (n < 2 || (n > a_millisecond && stop.stop_requested())) {
        return 1;
    }
    return fibonacci(n - 1, stop) + fibonacci(n - 2, stop);
}

}  // namespace cookbook::event_loop
