#include "reader.hpp"

#include <fmt/format.h>

#include <iterator>
#include <span>
#include <utility>

#include "common/net/utf8.hpp"
#include "elements.hpp"
#include "scalar_types.hpp"

namespace cookbook::xml_rpc {

using pugi::xml_node;

Message Reader::read(std::string_view document) {
    const Document tree(document, storage_);
    open_.clear();
    values_.clear();
    names_.clear();
    count_ = 0;
    const xml_node root = tree.root();
    if (name_of(root) == "methodCall") {
        return read_call(root);
    }
    if (name_of(root) != "methodResponse") {
        refuse_call(fmt::format("<{}> is neither a call nor a response", brief(name_of(root))));
    }
    return read_response(root);
}

Call Reader::read_call(xml_node root) {
    const xml_node name = expect(first_element(root), "methodName");
    std::string method(text_of(name));
    const xml_node params = next_element(name);
    if (!params) {
        return {std::move(method), {}};
    }
    expect_end(next_element(expect(params, "params")));
    return {std::move(method), read_params(params)};
}

Message Reader::read_response(xml_node root) {
    const xml_node child = first_element(root);
    if (!child) {
        return Results{};
    }
    expect_end(next_element(child));
    if (name_of(child) == "fault") {
        return read_fault(child);
    }
    return Results{read_params(expect(child, "params"))};
}

Array Reader::read_params(xml_node params) {
    Array values;
    for (xml_node param = first_element(params); param; param = next_element(param)) {
        const xml_node value = expect(first_element(expect(param, "param")), "value");
        expect_end(next_element(value));
        values.push_back(read_value(value));
    }
    return values;
}

Fault Reader::read_fault(xml_node fault) {
    const xml_node element = expect(first_element(fault), "value");
    expect_end(next_element(element));
    std::optional<Fault> found = to_fault(read_value(element));
    if (!found) {
        refuse_call("a fault without faultCode or faultString");
    }
    return *std::move(found);
}

/// One node at a time: what is open is in open_, not on the thread's stack.
Value Reader::read_value(xml_node value) {
    begin_value(value);
    while (!open_.empty()) {
        go_on();
    }
    Value result = std::move(values_.back());
    values_.pop_back();
    return result;
}

/// Appends a scalar to values_, or opens an array or struct.
void Reader::begin_value(xml_node value) {
    if (++count_ > limits_.max_values) {
        refuse_call(fmt::format("more than {} values", limits_.max_values));
    }
    const xml_node element = type_element(value);
    if (!element) {
        values_.emplace_back(text_of(value));
        return;
    }
    const std::string_view type = name_of(element);
    if (type == "array" || type == "struct") {
        open(element, type == "struct");
    } else {
        values_.push_back(read_scalar(type, text_of(element)));
    }
}

void Reader::open(xml_node element, bool is_struct) {
    // [step 3] Refuse what is nested deeper than the limit. (stub: (void)limits_;)
    if (open_.size() == limits_.max_depth) {
        refuse_call(fmt::format("nested deeper than {}", limits_.max_depth));
    }
    // [end]
    xml_node parent = element;
    if (!is_struct) {
        parent = expect(first_element(element), "data");
        expect_end(next_element(parent));
    }
    open_.push_back({parent.first_child(), values_.size(), is_struct});
}

/// Begins the next item of the innermost array or struct, or closes it.
void Reader::go_on() {
    Open& innermost = open_.back();
    const xml_node element = element_from(innermost.next);
    if (!element) {
        close();
        return;
    }
    innermost.next = element.next_sibling();
    begin_value(innermost.is_struct ? begin_member(element) : expect(element, "value"));
}

/// Keeps the name of a member and returns its <value>.
xml_node Reader::begin_member(xml_node member) {
    const xml_node name = expect(first_element(expect(member, "member")), "name");
    const xml_node value = expect(next_element(name), "value");
    expect_end(next_element(value));
    names_.emplace_back(text_of(name));
    return value;
}

void Reader::close() {
    const Open closed = open_.back();
    // [step 2] The values since it was opened become one value, which is its parent's.
    const auto first = values_.begin() + static_cast<std::ptrdiff_t>(closed.first);
    Value value;
    if (closed.is_struct) {
        const std::span<Value> values(first, values_.end());
        const auto names = std::span(names_).last(values.size());
        value = to_struct(names, values);
        names_.resize(names_.size() - values.size());
    } else {
        value = Array(std::make_move_iterator(first), std::make_move_iterator(values_.end()));
    }
    values_.erase(first, values_.end());
    values_.push_back(std::move(value));
    open_.pop_back();
    // [end]
}

/// All text in an element that has nothing else; valid until the next call.
std::string_view Reader::text_of(xml_node element) {
    // [step 1] Join the pieces of a text: each space counts, what is between them does not.
    const xml_node first = element.first_child();
    if (is_text(first) && !first.next_sibling()) {
        return first.value();
    }
    text_.clear();
    for (const xml_node child : element.children()) {
        if (child.type() == pugi::node_element) {
            refuse_call(fmt::format("<{}> in a text", brief(name_of(child))));
        }
        if (is_text(child)) {
            text_ += child.value();
        }
    }
    return text_;
    // [end]
}

std::optional<Fault> to_fault(const Value& value) {
    const auto* members = value.get_if<Struct>();
    const Value* code = members != nullptr ? find(*members, "faultCode") : nullptr;
    const Value* text = members != nullptr ? find(*members, "faultString") : nullptr;
    const auto* number = code != nullptr ? code->get_if<std::int64_t>() : nullptr;
    const auto* string = text != nullptr ? text->get_if<std::string>() : nullptr;
    if (number == nullptr || string == nullptr) {
        return {};
    }
    return Fault(*number, *string);
}

}  // namespace cookbook::xml_rpc
