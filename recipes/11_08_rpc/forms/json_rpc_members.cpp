#include "json_rpc_members.hpp"

#include "11_07_messaging/json/json.hpp"

namespace cookbook::rpc {

std::string to_plain_json(const Value& value) {
    return messaging::to_json(value, messaging::JsonForm::plain);
}

bool is_id(const Value& value) {
    using enum messaging::Kind;
    const messaging::Kind kind = value.kind();
    return kind == text || kind == none || kind == integer || kind == big_integer || kind == real;
}

bool is_version(const Value* version) {
    const auto* text = version ? version->get_if<std::string>() : nullptr;
    return text && *text == "2.0";
}

}  // namespace cookbook::rpc
