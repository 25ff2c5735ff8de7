// Values as JSON: how users write and read them.
//
// What JSON has no word for is an object with one member that is named for the element:
//
//     {"dateTime.iso8601": "20261231T23:59:59"}    {"base64": "AP8="}    {"double": "inf"}
//
// and so "-inf" and "nan". A struct that looks like one of these, or like this one, is
// {"struct": {…}}. Numbers with a point or an exponent are doubles; integers have up to 64 bits.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "11_06_xml_rpc/value/value.hpp"
#include "11_06_xml_rpc/xml/reader.hpp"

namespace cookbook::xml_rpc {

/// Why a text was refused.
class JsonError : public std::invalid_argument {
public:
    explicit JsonError(const std::string& reason) : invalid_argument("JSON refused: " + reason) {}
};

/// Throws JsonError.
[[nodiscard]] Value from_json(std::string_view text);

/// On one line, in UTF-8.
[[nodiscard]] std::string to_json(const Value& value);

/// {"params": […], "method": NAME}, the method of a call only; {"fault": {"code": N, "string":
/// TEXT}}.
[[nodiscard]] std::string message_to_json(const Message& message);

}  // namespace cookbook::xml_rpc
