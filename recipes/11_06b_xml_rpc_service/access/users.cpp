#include "users.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "11_10_tls/context.hpp"

namespace cookbook::xml_rpc_service {
namespace {

/// Takes what is before the next `mark` from the front of a text, and the mark.
std::string_view take_field(std::string_view& text, char mark) {
    const std::size_t size = std::min(text.find(mark), text.size());
    const std::string_view field = text.substr(0, size);
    text.remove_prefix(std::min(size + 1, text.size()));
    return field;
}

void check_name(std::string_view name) {
    if (name.empty() || !is_credential(name) || name.find(':') != name.npos) {
        throw std::invalid_argument("a name is UTF-8 without colons and control characters");
    }
}

Roles parse_roles(std::string_view text) {
    Roles roles;
    while (!text.empty()) {
        const std::string_view role = take_field(text, ',');
        check_role(role);
        roles.emplace(role);
    }
    return roles;
}

std::pair<std::string, User> parse_user(std::string_view line) {
    const std::string_view name = take_field(line, ':');
    check_name(name);
    Roles roles = parse_roles(take_field(line, ':'));
    const std::optional<PasswordHash> password = parse_password_hash(line);
    if (!password) {
        throw std::invalid_argument("not NAME:ROLE,ROLE:scrypt$16384$8$1$SALT$HASH");
    }
    return {std::string(name), User{std::move(roles), *password}};
}

}  // namespace

void check_role(std::string_view role) {
    const auto is_word_character = [](char c) {
        return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') ||
               c == '_' || c == '-' || c == '.';
    };
    if (role.empty() || !std::ranges::all_of(role, is_word_character)) {
        throw std::invalid_argument("a role is letters, digits, dots, dashes and underscores");
    }
}

Users Users::parse(std::string_view text) {
    Users users;
    for (int number = 1; !text.empty(); ++number) {
        const std::string_view line = take_field(text, '\n');
        if (line.empty()) {
            continue;
        }
        try {
            if (!users.users_.insert(parse_user(line)).second) {
                throw std::invalid_argument("a name that was there before");
            }
        } catch (const std::invalid_argument& failure) {
            throw std::invalid_argument(fmt::format("line {}: {}", number, failure.what()));
        }
    }
    return users;
}

Users Users::read(const std::filesystem::path& path) {
    try {
        return parse(tls::read_file(path));
    } catch (const std::invalid_argument& failure) {
        throw std::runtime_error(path.string() + ": " + failure.what());
    }
}

const User* Users::authenticate(std::string_view name, std::string_view password) const {
    const auto found = users_.find(name);
    const bool is_there = found != users_.end();
    const bool is_right = matches(is_there ? found->second.password : nobody_, password);
    return is_there && is_right ? &found->second : nullptr;
}

std::string user_line(std::string_view name, const User& user) {
    check_name(name);
    std::ranges::for_each(user.roles, check_role);
    return fmt::format("{}:{}:{}", name, fmt::join(user.roles, ","),
                       format_password_hash(user.password));
}

}  // namespace cookbook::xml_rpc_service
