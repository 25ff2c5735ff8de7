// API keys: who may write.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connection.hpp"

namespace cookbook::rest_api {

enum class Role { editor, admin };  // an editor makes and changes, an admin also deletes

[[nodiscard]] std::string_view to_string(Role role);

struct KeyOwner {
    std::string name;
    Role role;
};

/// Throws std::invalid_argument if the name of a key is not 1 to 64 letters, digits, '_', '.', '-'.
void check_key_name(const std::string& name);

/// Makes a key: "lab_" and 256 random bits. The database has its hash only: nobody can show the key
/// a second time. Throws as check_key_name() does, and std::invalid_argument if the name is taken.
[[nodiscard]] std::string add_key(Connection& connection, const KeyOwner& owner);

/// All, by their names.
[[nodiscard]] std::vector<KeyOwner> list_keys(Connection& connection);

/// Throws std::invalid_argument if there is no such key.
void revoke_key(Connection& connection, const std::string& name);

/// Whose key it is; nothing if it is nobody's.
[[nodiscard]] std::optional<KeyOwner> find_owner(Connection& connection, std::string_view key);

}  // namespace cookbook::rest_api
