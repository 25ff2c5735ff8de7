#include "json_rpc_response.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "11_07_messaging/json/json.hpp"
#include "form_error.hpp"
#include "json_rpc_members.hpp"

namespace cookbook::rpc {
namespace {

std::exception_ptr read_error(const Value& value) try {
    const auto& members = value.as<Dict>();
    const Value* code = members.find("code");
    const Value* message = members.find("message");
    const Value* data = members.find("data");
    if (!code || !message) {
        throw FormError("no response: its error lacks a code or a message");
    }
    return from_json_rpc({code->as<std::int64_t>(), message->as<std::string>(),
                          data ? std::optional(*data) : std::nullopt});
} catch (const messaging::TypeError& error) {
    throw FormError(fmt::format("no response: {}", error.what()));
}

Value read_json(std::string_view text) try {
    return messaging::from_json(text, messaging::JsonForm::plain);
} catch (const std::exception& error) {  // JsonError, or an integer of too many digits
    throw FormError(fmt::format("no response: {}", error.what()));
}

}  // namespace

std::string format_result(const Value& id, const Value& result) try {
    return to_plain_json(Dict{{{"jsonrpc", "2.0"}, {"result", result}, {"id", id}}});
} catch (const std::exception& error) {  // JsonError, or an integer of too many digits
    return format_error(id, JsonRpcError(Code::internal_error, Value(error.what())));
}

std::string format_error(const Value& id, const JsonRpcError& error) {
    Dict members{{{"code", error.code()}, {"message", error.message()}}};
    if (error.data()) {
        members.items.emplace_back("data", *error.data());
    }
    return to_plain_json(Dict{{{"jsonrpc", "2.0"}, {"error", std::move(members)}, {"id", id}}});
}

Response parse_response(std::string_view text) {
    const Value content = read_json(text);
    const auto* members = content.get_if<Dict>();
    const Value* id = members ? members->find("id") : nullptr;
    if (!id || !is_id(*id) || !is_version(members->find("jsonrpc"))) {
        throw FormError("no response: it lacks an id or a version");
    }
    const Value* result = members->find("result");
    const Value* error = members->find("error");
    if ((result != nullptr) == (error != nullptr)) {
        throw FormError("no response: it has a result and an error, or neither");
    }
    return {.id = *id,
            .error = error ? read_error(*error) : nullptr,
            .result = result ? *result : Value()};
}

}  // namespace cookbook::rpc
