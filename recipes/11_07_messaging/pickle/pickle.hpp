// Objects to bytes and back, as Python's pickle writes them, without what makes pickle dangerous: a
// pickle is a program, and this reader knows only the instructions that make data.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
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

/// The limit of the memory that a pickle may ask for. It holds twice: for what is made from it; and
/// for the same with every shared object copied wherever it is referred to, so that a bomb of
/// references does not hit those who print the result or walk through it.
inline constexpr std::size_t default_pickle_memory = std::size_t{512} << 20U;

/// Makes a value of an object that a pickle describes as the call of a class or function: by the
/// module and name of that, and the arguments. nullopt refuses it. Nothing is looked up but here.
/// Each call counts as one that copies all that it is given, and takes memory for that.
using PickleHook = std::function<std::optional<Value>(
    std::string_view module, std::string_view name, const Tuple& arguments)>;

/// Reads one pickle of protocols 2 to 5, all of `bytes` (Lib/pickletools.py describes every
/// opcode). It runs nothing: a class or function is never looked up, and of those that protocols 2
/// and 3 need for data, __builtin__.set, frozenset and bytes and _codecs.encode, only the meaning
/// is known. All others are refused, or handed to `hook`; the state that Python would give an
/// object of the hook's (BUILD) is dropped. Takes time by the length and the memory, and no
/// recursion. Objects referred to twice are shared. Throws PickleError for all else, such as
/// objects that contain themselves and bytearrays, and what the hook throws.
Value from_pickle(std::string_view bytes, std::size_t max_memory = default_pickle_memory,
                  const PickleHook& hook = {});

/// Writes protocol 4, which Python reads since 3.4. Objects that are shared are written once.
std::string to_pickle(const Value& value);

}  // namespace cookbook::messaging
