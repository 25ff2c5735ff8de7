// Responses.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "11_08_rpc/call/call.hpp"
#include "json_rpc_error.hpp"

namespace cookbook::rpc {

/// One line each. A result that JSON has no word for becomes an internal_error.
std::string format_result(const Value& id, const Value& result);
std::string format_error(const Value& id, const JsonRpcError& error);

struct Response {
    Value id;
    std::exception_ptr error;  // null: there is a result
    Value result;
};

/// Reads a response; `error` is what from_json_rpc() makes of an error. Throws FormError if the
/// text is no response.
Response parse_response(std::string_view text);

}  // namespace cookbook::rpc
