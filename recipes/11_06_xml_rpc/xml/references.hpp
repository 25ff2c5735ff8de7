// References to characters, &lt; and &#60;, and what they stand for. Pure.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace cookbook::xml_rpc {

/// Resolves the references of a text in place, since no character is longer than its reference, and
/// returns its new size. Throws Refused for any other '&': there are five names, and the numbers of
/// characters that XML does not exclude (XML 1.0, 4.1 and 4.6). So it does for `forbidden`, markup
/// that must not be in the text.
std::size_t resolve_references(std::span<char> text, std::string_view forbidden);

}  // namespace cookbook::xml_rpc
