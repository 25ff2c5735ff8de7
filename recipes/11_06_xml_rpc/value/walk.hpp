// Visiting a value and all that is in it.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>
#include <variant>
#include <vector>

#include "value.hpp"

namespace cookbook::xml_rpc {

/// Calls a visitor for a value and all that is in it, in the order in which they are written:
///
///     scalar(content)              a const reference to one of Value::Data but Array and Struct
///     begin(items), end(items)     around an Array, const Array&
///     item(i)                      before each of its items
///     begin(members), end(members) around a Struct, const Struct&
///     member(i, name)              before the value of each of its members
///
/// Not by recursion: values may be nested deeper than the stack of a thread.
template <typename Visitor>
void walk(const Value& root, Visitor&& visitor) {
    struct Open {
        const Array* items;
        const Struct* members;
        std::size_t next = 0;
    };
    std::vector<Open> open;
    const auto begin = [&](const Value& value) {  // whether there is something in it
        return std::visit(
            [&](const auto& content) {
                using Content = std::remove_cvref_t<decltype(content)>;
                constexpr bool is_array = std::same_as<Content, Array>;
                constexpr bool is_container = is_array || std::same_as<Content, Struct>;
                if constexpr (is_array) {
                    visitor.begin(content);
                    open.push_back({&content, nullptr});
                } else if constexpr (is_container) {
                    visitor.begin(content);
                    open.push_back({nullptr, &content});
                } else {
                    visitor.scalar(content);
                }
                return is_container;
            },
            value.data());
    };
    const auto go_on_with_items = [&](Open& innermost, const Array& items) {
        while (innermost.next < items.size()) {
            const std::size_t i = innermost.next++;
            visitor.item(i);
            if (begin(items[i])) {
                return;  // and `innermost` is not where it was
            }
        }
        open.pop_back();
        visitor.end(items);
    };
    const auto go_on_with_members = [&](Open& innermost, const Struct& members) {
        while (innermost.next < members.size()) {
            const std::size_t i = innermost.next++;
            visitor.member(i, members[i].name);
            if (begin(members[i].value)) {
                return;
            }
        }
        open.pop_back();
        visitor.end(members);
    };
    begin(root);
    while (!open.empty()) {
        Open& innermost = open.back();
        innermost.items != nullptr ? go_on_with_items(innermost, *innermost.items)
                                   : go_on_with_members(innermost, *innermost.members);
    }
}

}  // namespace cookbook::xml_rpc
