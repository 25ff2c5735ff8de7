#include "validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <cmath>
#include <optional>
#include <utility>

namespace cookbook::rest_api {
namespace {

namespace json = boost::json;

std::string range_of(const Member& member) {
    if (member.type == Type::text) {
        return fmt::format("must have {} to {} characters", member.min, member.max);
    }
    return member.type == Type::cents
               ? fmt::format("must be from {} to {}", cents_text(member.min),
                             cents_text(member.max))
               : fmt::format("must be from {} to {}", member.min, member.max);
}

/// A value, or what is wrong with it.
using Checked = std::variant<Value, std::string>;

Checked check_range(const Member& member, std::int64_t number) {
    if (number < member.min || number > member.max) {
        return range_of(member);
    }
    return Value(number);
}

Checked check_text(const Member& member, std::string_view text) {
    const std::size_t length = length_of(text);
    if (length < static_cast<std::size_t>(member.min) ||
        length > static_cast<std::size_t>(member.max)) {
        return range_of(member);
    }
    if (has_control(text)) {  // a NUL would cut the text short in PostgreSQL
        return std::string("must have no control character");
    }
    if (member.matches && !member.matches(text)) {
        return std::string(member.rule);
    }
    return Value(std::string(text));
}

Checked check_price(const Member& member, double price) {
    if (price < static_cast<double>(member.min) / 100 ||
        price > static_cast<double>(member.max) / 100 || !std::isfinite(price)) {
        return range_of(member);  // 1e999 is infinity to Boost.JSON 1.81
    }
    const auto cents = cents_of(price);
    if (!cents) {
        return std::string("must have at most two decimals");
    }
    return check_range(member, *cents);
}

Checked check_number(const Member& member, const json::value& value) {
    if (member.type == Type::cents) {
        return check_price(member, value.to_number<double>());
    }
    const double number = value.to_number<double>();  // 5.0 is an integer, too (JSON Schema, 6.1.1)
    if (std::trunc(number) != number || !std::isfinite(number)) {
        return std::string("must be an integer");
    }
    if (number < static_cast<double>(member.min) || number > static_cast<double>(member.max)) {
        return range_of(member);
    }
    return check_range(member, static_cast<std::int64_t>(number));
}

Checked check(const Member& member, const json::value& value) {
    if (value.is_null() && member.nullable) {
        return Value();
    }
    if (member.type == Type::text) {
        return value.is_string()
                   ? check_text(member, {value.get_string().data(), value.get_string().size()})
                   : Checked(std::string("must be a string"));
    }
    return value.is_number() ? check_number(member, value)  // true is no number
                             : Checked(std::string("must be a number"));
}

bool is_of_server(std::string_view name) {
    constexpr std::array<std::string_view, 3> names = {"id", "created_at", "updated_at"};
    return std::ranges::find(names, name) != names.end();
}

/// The value that a member has if nobody gives one; nothing if one must be given.
std::optional<Value> default_of(const Member& member) {
    if (member.required) {
        return std::nullopt;
    }
    return member.otherwise ? Value(*member.otherwise) : Value();
}

std::variant<json::object, BadBody> parse(std::string_view body) {
    json::error_code error;
    json::value value = json::parse({body.data(), body.size()}, error);
    if (error) {
        return BadBody{http::status::bad_request, "The body is not JSON."};
    }
    if (!value.is_object()) {
        return BadBody{http::status::unprocessable_entity,
                       "The body is not valid.",
                       {in_body("", "must be an object")}};
    }
    return std::move(value.get_object());
}

Mistakes unknown_members(const Kind& kind, const json::object& object) {
    Mistakes mistakes;
    for (const auto& [key, value] : object) {
        const std::string_view name(key.data(), key.size());
        if (!kind.find(name) && !is_of_server(name)) {
            mistakes.push_back(in_body(name, "is not known"));
        }
    }
    return mistakes;
}

/// Sets `value` to what `given` says, or its default if `given` is null.
std::optional<Mistake> set(const Member& member, const json::value* given, Value& value) {
    if (!given) {
        const auto otherwise = default_of(member);
        value = otherwise.value_or(Value());
        return otherwise ? std::nullopt : std::optional(in_body(member.name, "is required"));
    }
    Checked checked = check(member, *given);
    if (auto* wrong = std::get_if<std::string>(&checked)) {
        return in_body(member.name, std::move(*wrong));
    }
    value = std::get<Value>(std::move(checked));
    return std::nullopt;
}

const json::value* given_in(const json::object& object, const Member& member) {
    return object.if_contains({member.name.data(), member.name.size()});
}

std::variant<Values, BadBody> values_or(Values values, Mistakes mistakes) {
    if (mistakes.empty()) {
        return values;
    }
    return BadBody{http::status::unprocessable_entity, "The body is not valid.",
                   std::move(mistakes)};
}

}  // namespace

std::variant<Values, BadBody> parse_object(const Kind& kind, std::string_view body) {
    const auto object = parse(body);
    if (const auto* bad = std::get_if<BadBody>(&object)) {
        return *bad;
    }
    const auto& members = std::get<json::object>(object);
    Values values(kind.members.size());
    // [step 2] Go over all members, and keep every mistake: the client wants to know them at once.
    Mistakes mistakes = unknown_members(kind, members);
    for (std::size_t i = 0; i < kind.members.size(); ++i) {
        const Member& member = kind.members[i];
        if (auto mistake = set(member, given_in(members, member), values[i])) {
            mistakes.push_back(*std::move(mistake));
        }
    }
    return values_or(std::move(values), std::move(mistakes));
    // [end]
}

std::variant<Values, BadBody> apply_patch(const Kind& kind, const Values& current,
                                          std::string_view body) {
    const auto object = parse(body);
    if (const auto* bad = std::get_if<BadBody>(&object)) {
        return *bad;
    }
    const auto& patch = std::get<json::object>(object);
    Values values = current;
    Mistakes mistakes = unknown_members(kind, patch);
    for (std::size_t i = 0; i < kind.members.size(); ++i) {
        const json::value* given = given_in(patch, kind.members[i]);
        if (!given) {
            continue;
        }
        const json::value* set_to = given->is_null() ? nullptr : given;
        if (auto mistake = set(kind.members[i], set_to, values[i])) {
            mistakes.push_back(*std::move(mistake));
        }
    }
    return values_or(std::move(values), std::move(mistakes));
}

}  // namespace cookbook::rest_api
