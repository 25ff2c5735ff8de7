// A computation that takes long, and how it is asked for.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

namespace cookbook::event_loop {

/// Longer requests are not looked at.
inline constexpr std::size_t max_request = 128;

/// The number of a larger n does not fit into 64 bits.
inline constexpr int largest_n = 92;

/// The n in a request, or why there is none, "error: …". It may be written as Python's int() takes
/// it: decimal digits, a sign before them, white space around. A negative number, however small,
/// is -1.
boost::system::result<std::int64_t, std::string> parse_request(std::string_view request,
                                                               std::int64_t max);

/// Python's chapter counts from 1: 1, 1, 2, 3, 5 for n = 0 to 4, and 1 for n < 0. By plain
/// recursion, which is slow on purpose: n = 40 takes a second or so. n is at most largest_n.
/// Returns soon, with any number, once a stop is requested.
std::uint64_t fibonacci(std::int64_t n, const std::stop_token& stop);

}  // namespace cookbook::event_loop
