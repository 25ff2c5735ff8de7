// Objects to bytes and back, in the form that Python's pickle gives them, without what makes pickle
// dangerous: a pickle is a program, and this reader knows only the instructions that make data.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "11_07_messaging/value/value.hpp"

namespace cookbook::messaging {

/// Why a pickle was refused: "opcode REDUCE at byte 17: …".
class PickleError : public std::runtime_error {
public:
    PickleError(const std::string& reason, std::size_t position)
        : std::runtime_error("pickle refused: " + reason), position_(position) {}

    /// Of the opcode, in bytes from the start.
    [[nodiscard]] std::size_t position() const noexcept { return position_; }

private:
    std::size_t position_;
};

/// How much memory a pickle may ask for: both what is made from it and what it would be if all
/// that it refers to twice were there twice, so that whoever prints or walks through the result
/// is safe from a bomb of references too.
inline constexpr std::size_t default_pickle_memory = std::size_t{512} << 20U;

/// Reads one pickle of protocols 2 to 5, all of `bytes` (Lib/pickletools.py describes every
/// opcode). It runs nothing: a class or function is never looked up, and of those that protocols 2
/// and 3 need for data, __builtin__.set, frozenset and bytes and _codecs.encode, only the meaning
/// is known. Takes time by the length, and no recursion. Objects referred to twice are shared.
/// Throws PickleError for all else: objects that contain themselves and bytearrays too.
Value from_pickle(std::string_view bytes, std::size_t memory = default_pickle_memory);

/// Writes protocol 4, which Python reads since 3.4. Objects that are shared are written once.
std::string to_pickle(const Value& value);

}  // namespace cookbook::messaging
