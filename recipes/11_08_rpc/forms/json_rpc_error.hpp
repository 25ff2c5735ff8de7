// What goes wrong with a request, by its code.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "11_08_rpc/call/call.hpp"
#include "11_08_rpc/call/exceptions.hpp"

namespace cookbook::rpc {

/// The specification's codes (section 5.1), those of its range for servers that we use, and the one
/// of the Language Server Protocol.
enum class Code {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    internal_error = -32603,
    function_failed = -32000,
    deadline_passed = -32001,
    request_cancelled = -32800
};

/// An error as it travels, with its `data` if it has any.
class JsonRpcError : public RemoteError {
public:
    /// With the message that the specification has for the code.
    explicit JsonRpcError(Code code, std::optional<Value> data = std::nullopt);
    JsonRpcError(std::int64_t code, const std::string& message, std::optional<Value> data);

    [[nodiscard]] std::int64_t code() const noexcept { return code_; }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    [[nodiscard]] const std::optional<Value>& data() const noexcept { return data_; }

private:
    std::int64_t code_;
    std::string message_;
    std::optional<Value> data_;
};

/// The error that says what a function has thrown.
JsonRpcError to_json_rpc(const std::exception_ptr& failure);

/// The reverse: an exception of its own type if a function has raised one of Python's, otherwise
/// the error itself.
std::exception_ptr from_json_rpc(const JsonRpcError& error);

}  // namespace cookbook::rpc
