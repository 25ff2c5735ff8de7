// What a request is refused with.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace cookbook::cidr_manager {

/// Thrown for a request that cannot be done; the text is the answer's. For a network that does not
/// parse, ParseError is thrown instead.
class RequestError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// So many items an answer has at most.
constexpr std::size_t max_results = 65'536;

/// Throws RequestError if `count` is greater than max_results: before anything is made.
void check_results(unsigned long long count);

/// A peer's text in a message: as it is if it is a plain word, else quoted as JSON has it, and cut
/// short.
std::string as_word(const std::string& text);

}  // namespace cookbook::cidr_manager
