#include "json_rpc_error.hpp"

#include <string_view>
#include <utility>

#include "11_08_rpc/call/handler.hpp"
#include "11_08_rpc/call/repr.hpp"
#include "json_rpc_members.hpp"

namespace cookbook::rpc {
namespace {

std::string_view message_of(Code code) {
    switch (code) {
        case Code::parse_error:
            return "Parse error";
        case Code::invalid_request:
            return "Invalid Request";
        case Code::method_not_found:
            return "Method not found";
        case Code::invalid_params:
            return "Invalid params";
        case Code::internal_error:
            return "Internal error";
        case Code::function_failed:
            return "Server error";
        case Code::deadline_passed:
            return "Deadline passed";
        case Code::request_cancelled:
            return "Request cancelled";
    }
    return "Server error";
}

bool is_plain(const Value& value) try {
    to_plain_json(value);
    return true;
} catch (const std::exception&) {  // JsonError, or an integer of too many digits
    return false;
}

/// The exception for programs, beside the message for people.
Value describe_as_data(const RemoteError& error) {
    List args{error.args().items};
    for (Value& arg : args.items) {
        arg = is_plain(arg) ? arg : Value(repr(arg));
    }
    return Dict{{{"type", error.type()}, {"args", std::move(args)}}};
}

/// Throws the exception that describe_as_data() has described; returns if it is none.
void raise_described(const Value& data) {
    const auto* members = data.get_if<Dict>();
    const Value* type = members ? members->find("type") : nullptr;
    const Value* args = members ? members->find("args") : nullptr;
    if (type && args && type->kind() == messaging::Kind::text &&
        args->kind() == messaging::Kind::list) {
        raise(type->as<std::string>(), Tuple{args->as<List>().items});
    }
}

}  // namespace

JsonRpcError::JsonRpcError(Code code, std::optional<Value> data)
    : JsonRpcError(static_cast<std::int64_t>(code), std::string(message_of(code)),
                   std::move(data)) {}

JsonRpcError::JsonRpcError(std::int64_t code, const std::string& message, std::optional<Value> data)
    : RemoteError(message, "JsonRpcError", Tuple{{code, message}}),
      code_(code),
      message_(message),
      data_(std::move(data)) {}

JsonRpcError to_json_rpc(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const JsonRpcError& error) {
        return error;
    } catch (const UnknownFunction&) {
        return JsonRpcError(Code::method_not_found);
    } catch (const ArgumentError& error) {
        return JsonRpcError(Code::invalid_params, describe_as_data(error));
    } catch (...) {
        const RemoteError error = to_python(failure);
        return {static_cast<std::int64_t>(Code::function_failed), error.what(),
                describe_as_data(error)};
    }
}

std::exception_ptr from_json_rpc(const JsonRpcError& error) {
    try {
        if (error.code() == static_cast<std::int64_t>(Code::function_failed) && error.data()) {
            raise_described(*error.data());
        }
        throw error;
    } catch (const RemoteError&) {
        return std::current_exception();
    }
}

}  // namespace cookbook::rpc
