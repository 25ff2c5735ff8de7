// What a table knows of one method.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "11_06_xml_rpc/dispatcher.hpp"
#include "caller.hpp"

namespace cookbook::xml_rpc_service {

using xml_rpc::Array;
using xml_rpc::Fault;
using xml_rpc::Method;
using xml_rpc::Struct;
using xml_rpc::Value;

/// The codes of faults, besides XML-RPC's own, which are HTTP's for the same.
enum ServiceFault : std::int64_t {
    forbidden = 403,
    too_many_calls = 429,
};

/// All that is known of a method.
struct Entry {
    Method method;  // its signature, and the function, unless that has to know who calls …
    std::function<Method(const Caller&)> bind = {};  // … then the function for this caller
    std::string help = {};
    std::string role = {};  // that a caller must have; empty: anybody may call it
};

/// The entry of a function.
template <typename Result, typename... Arguments>
Entry make_entry(std::function<Result(Arguments...)> function) {
    return {.method = xml_rpc::make_method(std::move(function))};
}

/// The entry of a function that has to know who calls; its signature leaves that out.
template <typename Result, typename... Arguments>
Entry make_entry(std::function<Result(const Caller&, Arguments...)> function) {
    using Bound = std::function<Result(Arguments...)>;
    return {.method = xml_rpc::make_method(Bound()),
            .bind = [function = std::move(function)](const Caller& caller) {
                return xml_rpc::make_method(Bound([&](Arguments... arguments) {
                    return function(caller, std::forward<Arguments>(arguments)...);
                }));
            }};
}

}  // namespace cookbook::xml_rpc_service
