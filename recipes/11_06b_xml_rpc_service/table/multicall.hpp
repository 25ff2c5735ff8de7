// Many calls in one request, each with a result or a fault of its own.
#pragma once

#include <cstddef>

#include "method_table.hpp"

namespace cookbook::xml_rpc_service {

struct MulticallLimits {
    std::size_t max_calls = 1000;
    std::size_t max_results = std::size_t{4} << 20U;  // bytes of their documents together
};

/// Adds system.multicall([{methodName, params}, …]): for each call [result], or a struct of
/// faultCode and faultString, in their order. What is wrong with one call is a fault in its place:
/// wrong_arguments if it is not a call, not_a_call if it is a multicall, too_many_calls if the
/// caller has no turn left; the first is paid for by the request. Once the results have their
/// limit, the rest are faults, and are not called. More calls than the limit are one fault.
void add_multicall(MethodTable& table, MulticallLimits limits = {});

}  // namespace cookbook::xml_rpc_service
