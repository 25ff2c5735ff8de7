// What an exception says, for BOOST_CHECK_EXCEPTION.

#pragma once

#include <exception>
#include <string>
#include <utility>

namespace cookbook::testing {

/// A predicate: whether an exception says exactly this sentence.
inline auto says(std::string sentence) {
    return [sentence = std::move(sentence)](const std::exception& failure) {
        return failure.what() == sentence;
    };
}

}  // namespace cookbook::testing
