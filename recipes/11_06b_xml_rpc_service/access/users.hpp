// Who may call what, as a file has it.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "11_06b_xml_rpc_service/table/caller.hpp"
#include "password.hpp"

namespace cookbook::xml_rpc_service {

struct User {
    Roles roles;
    PasswordHash password;
};

/// All users by their names.
class Users {
public:
    Users() = default;

    /// Reads lines of NAME:ROLE,ROLE:scrypt$16384$8$1$SALT$HASH; there may be no role, and empty
    /// lines. Throws std::invalid_argument, "line 3: reason".
    static Users parse(std::string_view text);
    /// The same of a file. Throws std::system_error, "read PATH: reason", and std::runtime_error,
    /// "PATH: line 3: reason".
    static Users read(const std::filesystem::path& path);

    /// The user whose password that is; null if it is nobody's. Takes as long for a name that
    /// nobody has. Safe on several threads. Throws as matches() does.
    [[nodiscard]] const User* authenticate(std::string_view name, std::string_view password) const;

    [[nodiscard]] bool empty() const noexcept { return users_.empty(); }

private:
    std::map<std::string, User, std::less<>> users_;
    PasswordHash nobody_;  // what a name that nobody has is compared with
};

/// Throws std::invalid_argument if the text cannot be a role's name.
void check_role(std::string_view role);

/// The line of a user, as Users::parse() reads it. Throws std::invalid_argument if the name or a
/// role would break it.
[[nodiscard]] std::string user_line(std::string_view name, const User& user);

}  // namespace cookbook::xml_rpc_service
