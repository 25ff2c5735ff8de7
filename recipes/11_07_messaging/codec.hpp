// The three ways to make a message of an object.
#pragma once

#include <string>
#include <string_view>

#include "11_07_messaging/value/value.hpp"

namespace cookbook::messaging {

/// pickle: what Python's send() and recv() use. json: the text of json.hpp. bytes: a Bytes or a str
/// is the message itself, and each message is a Bytes.
enum class Codec { pickle, json, bytes };

/// Throws TypeError if `codec` is bytes and the value is neither Bytes nor str.
std::string encode(Codec codec, const Value& value);

/// Throws PickleError, JsonError.
Value decode(Codec codec, std::string_view message);

}  // namespace cookbook::messaging
