#include "elements.hpp"

#include <fmt/format.h>

#include "11_06_xml_rpc/fault.hpp"
#include "11_06_xml_rpc/value/scalar.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::xml_rpc {

using pugi::xml_node;

void refuse_call(const std::string& what) {
    throw Refused(not_a_call, what);
}

bool is_text(xml_node node) {
    return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

std::string_view name_of(xml_node element) {
    const std::string_view name = element.name();
    return name.substr(name.rfind(':') + 1);  // 0 if there is none
}

xml_node element_from(xml_node node) {
    for (; node && node.type() != pugi::node_element; node = node.next_sibling()) {
        if (is_text(node) && !is_space(std::string_view(node.value()))) {
            refuse_call("text between elements");
        }
    }
    return node;
}

xml_node first_element(xml_node parent) {
    return element_from(parent.first_child());
}

xml_node next_element(xml_node element) {
    return element_from(element.next_sibling());
}

xml_node expect(xml_node element, std::string_view name) {
    if (name != element.name() && (!element || name_of(element) != name)) {
        refuse_call(fmt::format("<{}> instead of <{}>", brief(name_of(element)), name));
    }
    return element;
}

void expect_end(xml_node element) {
    if (element) {
        refuse_call(fmt::format("<{}> where nothing may follow", brief(name_of(element))));
    }
}

xml_node type_element(xml_node value) {
    xml_node found;
    for (xml_node child = value.first_child(); child; child = child.next_sibling()) {
        if (child.type() == pugi::node_element) {
            if (found) {
                refuse_call("two types in one value");
            }
            found = child;
        }
    }
    return found;
}

}  // namespace cookbook::xml_rpc
