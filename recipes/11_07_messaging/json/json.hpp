// Objects as JSON: the other way to send them, and how users write and read them.
//
// What JSON has no word for is an object with one member that names its type in Python:
//
//     b"\x00\xff"  {"bytes": "00ff"}          (1, 2)      {"tuple": [1, 2]}
//     {1, 2}       {"set": [1, 2]}            frozenset() {"frozenset": []}
//     inf, nan     {"float": "inf"}, "nan"    {1: "one"}  {"dict": [[1, "one"]]}
//
// A dict whose keys are all str is an object, unless it looks like one of these. Numbers
// with a point or an exponent are floats; integers may have any size, up to max_digits.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "11_07_messaging/value/value.hpp"

namespace cookbook::messaging {

/// How what JSON has no word for is written: in the convention above, or not at all, as every other
/// program reads and writes JSON.
enum class JsonForm { typed, plain };

/// Why a text was refused: "JSON refused: syntax error at byte 7".
class JsonError : public std::runtime_error {
public:
    explicit JsonError(const std::string& reason) : std::runtime_error("JSON refused: " + reason) {}
};

/// Parsers of JSON recurse, ours and most peers'.
inline constexpr int max_json_depth = 1000;

/// Whether an object whose one member is so named means an object of that type.
bool names_a_type(std::string_view key);

/// In plain form every object is a dict. Throws JsonError, and std::length_error for an integer of
/// more than max_digits.
Value from_json(std::string_view text, JsonForm form = JsonForm::typed);

/// On one line, in ASCII and UTF-8. Writes a shared object as often as it is referred to. In plain
/// form a tuple is an array; throws JsonError for what JSON has no word for: bytes, sets, infinity,
/// NaN and dicts with keys that are no str. Throws std::length_error for an integer of more than
/// max_digits.
std::string to_json(const Value& value, JsonForm form = JsonForm::typed);

}  // namespace cookbook::messaging
