// Going from one element of a document to the next.
#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>

#include "characters.hpp"

namespace cookbook::xml_rpc {

/// Throws Refused(not_a_call).
[[noreturn]] void refuse_call(const std::string& what);

/// Whether a node is text, or CDATA, which is no different.
[[nodiscard]] bool is_text(pugi::xml_node node);

/// An element's name without its prefix, whoever has declared that.
[[nodiscard]] std::string_view name_of(pugi::xml_node element);

/// The first element from this node on; null if there is none. Space, comments and processing
/// instructions between elements have no meaning; any other text is refused.
[[nodiscard]] pugi::xml_node element_from(pugi::xml_node node);
[[nodiscard]] pugi::xml_node first_element(pugi::xml_node parent);
[[nodiscard]] pugi::xml_node next_element(pugi::xml_node element);

/// An element that must be there and have this name.
pugi::xml_node expect(pugi::xml_node element, std::string_view name);
/// No element may be there.
void expect_end(pugi::xml_node element);

/// The element in a <value> that says its type; null if the value is a string. Text beside it is
/// dropped.
[[nodiscard]] pugi::xml_node type_element(pugi::xml_node value);

}  // namespace cookbook::xml_rpc
