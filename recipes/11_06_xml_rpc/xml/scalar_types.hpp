// The elements whose text is one value.
#pragma once

#include <string_view>

#include "11_06_xml_rpc/value/value.hpp"

namespace cookbook::xml_rpc {

/// The value of the element <type>text</type>. Throws Refused if there is no such type, or the text
/// is not one of its values.
[[nodiscard]] Value read_scalar(std::string_view type, std::string_view text);

}  // namespace cookbook::xml_rpc
