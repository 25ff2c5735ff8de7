// One table that dispatching, listing and authorising all read.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "caller.hpp"
#include "entry.hpp"

namespace cookbook::xml_rpc_service {

/// Methods by name, each with its role.
///
///     MethodTable table;
///     table.add("calculator.add", "The sum of two numbers.", [](int a, int b) { return a + b; });
///     table.add("file.list", "The names in a folder.", list, "files");
class MethodTable {
public:
    using Entries = std::map<std::string, Entry, std::less<>>;

    MethodTable() = default;
    MethodTable(const MethodTable&) = delete;  // methods may refer to their table
    MethodTable& operator=(const MethodTable&) = delete;

    /// Adds a function or function object, whose first parameter may be a const Caller&.
    template <typename Function>
    void add(std::string name, std::string help, Function function, std::string role = {}) {
        Entry entry = make_entry(std::function(std::move(function)));
        entry.help = std::move(help);
        entry.role = std::move(role);
        entries_.insert_or_assign(std::move(name), std::move(entry));
    }

    /// Calls a method. Throws Fault, and nothing else: no_such_method; forbidden, with the names of
    /// method and role; what xml_rpc::call_method() throws.
    [[nodiscard]] Value call(const Caller& caller, std::string_view name, Array arguments) const;

    /// The entry of a method that this caller may call. Throws Fault, no_such_method, if there is
    /// none: whether there is one for others is not said.
    [[nodiscard]] const Entry& find_for(const Caller& caller, std::string_view name) const;

    /// Sorted by name.
    [[nodiscard]] const Entries& entries() const noexcept { return entries_; }

private:
    [[nodiscard]] const Entry& find(std::string_view name) const;

    Entries entries_;
};

}  // namespace cookbook::xml_rpc_service
