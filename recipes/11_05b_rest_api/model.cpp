#include "model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <cmath>

namespace cookbook::rest_api {
namespace {

bool is_username(std::string_view text) {
    return std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '.' || c == '-';
    });
}

bool is_email(std::string_view text) {
    constexpr std::size_t max_bytes = 254;  // RFC 5321, 4.5.3.1.3, without the brackets
    const std::size_t at = text.find('@');
    return text.size() <= max_bytes && at != text.npos && at > 0 && at + 1 < text.size() &&
           text.find('@', at + 1) == text.npos && text.find(' ') == text.npos;
}

constexpr std::array user_members = {
    Member{.name = "username",
           .type = Type::text,
           .min = 1,
           .max = 64,
           .unique = true,
           .pattern = "^[A-Za-z0-9_.-]+$",
           .rule = "must consist of letters, digits, '_', '.' and '-'",
           .matches = is_username},
    Member{.name = "email",
           .type = Type::text,
           .min = 3,
           .max = 254,
           .unique = true,
           .pattern = "^[^@ ]+@[^@ ]+$",
           .rule = "must have one '@', no blank, and at most 254 bytes",
           .matches = is_email},
};
constexpr std::array user_filters = {
    Filter{"username", "username", "="},
    Filter{"email", "email", "="},
};
constexpr std::array<std::string_view, 4> user_sorts = {"id", "username", "email", "created_at"};

constexpr std::array product_members = {
    Member{.name = "name", .type = Type::text, .min = 1, .max = 200},
    Member{.name = "price", .type = Type::cents, .min = 0, .max = 999'999'999'99},
    Member{.name = "stock",
           .type = Type::integer,
           .min = 0,
           .max = 2'147'483'647,
           .required = false,
           .otherwise = 0},
    Member{.name = "category",
           .type = Type::text,
           .min = 1,
           .max = 64,
           .required = false,
           .nullable = true},
};
constexpr std::array product_filters = {
    Filter{"category", "category", "="},
    Filter{"min_price", "price", ">="},
    Filter{"max_price", "price", "<="},
};
constexpr std::array<std::string_view, 5> product_sorts = {"id", "name", "price", "stock",
                                                           "created_at"};

std::string value_text(const Member& member, const Value& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return member.type == Type::cents ? cents_text(*number) : fmt::to_string(*number);
    }
    const auto* text = std::get_if<std::string>(&value);
    return text ? json_string(*text) : "null";
}

}  // namespace

const Kind users = {"users", "User", user_members, user_filters, user_sorts};
const Kind products = {"products", "Product", product_members, product_filters, product_sorts};

const Member* Kind::find(std::string_view member) const {
    const auto found = std::ranges::find(members, member, &Member::name);
    return found == members.end() ? nullptr : &*found;
}

std::span<const Kind* const> kinds() {
    static constexpr std::array<const Kind*, 2> all = {&users, &products};
    return all;
}

const Kind* find_kind(std::string_view name) {
    const auto found = std::ranges::find(kinds(), name, &Kind::name);
    return found == kinds().end() ? nullptr : *found;
}

std::string to_json(const Kind& kind, const Row& row) {
    std::string text = fmt::format(R"({{"id":{})", row.id);
    for (std::size_t i = 0; i < kind.members.size(); ++i) {
        text += fmt::format(R"(,"{}":{})", kind.members[i].name,
                            value_text(kind.members[i], row.values[i]));
    }
    return text +
           fmt::format(R"(,"created_at":"{}","updated_at":"{}"}})", row.created_at, row.updated_at);
}

std::string json_string(std::string_view text) {
    return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

std::string cents_text(std::int64_t cents) {
    std::string text = fmt::format("{}.{:02}", cents / 100, cents % 100);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) {
        text.pop_back();
    }
    return text;
}

std::optional<std::int64_t> cents_of(double price) {
    constexpr double max = 1e15;  // far beyond any price; below it a double has every cent
    constexpr double tolerance = 0.001;
    if (!(std::abs(price) <= max)) {
        return std::nullopt;
    }
    const double scaled = price * 100;
    const long long cents = std::llround(scaled);  // truncation makes 28 of 0.29
    if (std::abs(scaled - static_cast<double>(cents)) > tolerance) {
        return std::nullopt;
    }
    return cents;
}

std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

bool has_control(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const bool is_c1 =
            byte == 0xc2U && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0U;
        if (byte < 0x20U || byte == 0x7fU || is_c1) {
            return true;
        }
    }
    return false;
}

}  // namespace cookbook::rest_api
