#include "members.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <utility>

#include "11_05b_rest_api/model.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::control_plane {

std::string why_no_text(std::string_view text, std::size_t min, std::size_t max) {
    if (!is_utf8(text)) {
        return "must be UTF-8";
    }
    const std::size_t length = rest_api::length_of(text);
    if (length < min || length > max) {
        return fmt::format("must have {} to {} characters", min, max);
    }
    return rest_api::has_control(text) ? "must have no control character" : "";
}

Members::Members(const boost::json::object& object, std::initializer_list<std::string_view> known)
    : object_(object) {
    for (const auto& member : object) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::ranges::find(known, name) == known.end()) {
            add_mistake(brief(name), "is not known");
        }
    }
}

const boost::json::value* Members::find(std::string_view name) const {
    const boost::json::value* value = object_.if_contains({name.data(), name.size()});
    return value && !value->is_null() ? value : nullptr;
}

std::string Members::text(std::string_view name, std::size_t max) {
    return checked_text(name, 0, max);
}

std::string Members::required_text(std::string_view name, std::size_t max) {
    if (!find(name)) {
        add_mistake(name, "is required");
    }
    return checked_text(name, 1, max);
}

std::optional<std::int64_t> Members::integer(std::string_view name, std::int64_t min,
                                             std::int64_t max) {
    const boost::json::value* value = find(name);
    if (!value) {
        return std::nullopt;
    }
    boost::json::error_code error;
    const auto number = value->to_number<std::int64_t>(error);  // 5.0 is one, "5" and true are none
    if (error || number < min || number > max) {
        add_mistake(name, fmt::format("must be a whole number from {} to {}", min, max));
        return std::nullopt;
    }
    return number;
}

std::optional<cidr_addresses::Address> Members::address(std::string_view name) {
    const std::string text = find(name) ? required_text(name, 100) : "";
    auto parsed = cidr_addresses::Address::try_parse(text);
    if (!text.empty() && (!parsed || !parsed->scope_id().empty())) {
        add_mistake(name, fmt::format("'{}' is no address", brief(text)));
        return std::nullopt;
    }
    return parsed;
}

void Members::add_mistake(std::string_view name, std::string detail) {
    mistakes_.push_back({std::string(name), std::move(detail)});
}

void Members::check() const {
    if (!mistakes_.empty()) {
        throw invalid(mistakes_);
    }
}

std::string Members::checked_text(std::string_view name, std::size_t min, std::size_t max) {
    const boost::json::value* value = find(name);
    if (!value) {
        return {};
    }
    if (!value->is_string()) {
        add_mistake(name, "must be a string");
        return {};
    }
    std::string text(value->get_string().data(), value->get_string().size());
    std::string wrong = why_no_text(text, min, max);
    if (!wrong.empty()) {
        add_mistake(name, std::move(wrong));
        return {};
    }
    return text;
}

}  // namespace cookbook::control_plane
