#include "scalar_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/net/utf8.hpp"
#include "elements.hpp"

namespace cookbook::xml_rpc {
namespace {

template <typename T>
T need(std::optional<T> parsed, std::string_view type, std::string_view text) {
    if (!parsed) {
        refuse_call(fmt::format("not a value of <{}>: {}", type, brief(text)));
    }
    return *std::move(parsed);
}

/// How a type's text becomes a value.
struct ScalarType {
    std::string_view name;
    Value (*read)(std::string_view type, std::string_view text);
};

Value read_integer(std::string_view type, std::string_view text) {
    return need(parse_integer(text), type, text);
}
Value read_double(std::string_view type, std::string_view text) {
    return need(parse_double(text), type, text);
}
Value read_boolean(std::string_view type, std::string_view text) {
    return need(parse_boolean(text), type, text);
}
Value read_string(std::string_view, std::string_view text) {
    return text;
}
Value read_base64(std::string_view type, std::string_view text) {
    return Bytes{need(decode_base64(text), type, text)};
}
Value read_date(std::string_view, std::string_view text) {
    return DateTime{std::string(trim(text))};
}
Value read_nil(std::string_view type, std::string_view text) {
    return need(is_space(text) ? std::optional(Nil{}) : std::nullopt, type, text);
}

constexpr std::array<ScalarType, 13> scalar_types = {{{"int", read_integer},
                                                      {"string", read_string},
                                                      {"double", read_double},
                                                      {"boolean", read_boolean},
                                                      {"i4", read_integer},
                                                      {"i8", read_integer},
                                                      {"nil", read_nil},
                                                      {"base64", read_base64},
                                                      {"dateTime.iso8601", read_date},
                                                      {"i1", read_integer},
                                                      {"i2", read_integer},
                                                      {"biginteger", read_integer},
                                                      {"float", read_double}}};

}  // namespace

Value read_scalar(std::string_view type, std::string_view text) {
    const auto* const found = std::ranges::find(scalar_types, type, &ScalarType::name);
    if (found == scalar_types.end()) {
        refuse_call(fmt::format("<{}> is not a type", brief(type)));
    }
    return found->read(type, text);
}

}  // namespace cookbook::xml_rpc
