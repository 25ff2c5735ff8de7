#include "keys.hpp"

#include <array>
#include <stdexcept>

#include "clock.hpp"
#include "digest.hpp"
#include "model.hpp"
#include "transaction.hpp"

namespace cookbook::rest_api {
namespace {

KeyOwner owner_of(const Values& columns) {
    return {std::get<std::string>(columns[0]),
            std::get<std::string>(columns[1]) == "admin" ? Role::admin : Role::editor};
}

/// What the database has instead of the key.
std::string hash_of(std::string_view key) {
    return sha256(key);
}

}  // namespace

std::string_view to_string(Role role) {
    return role == Role::admin ? "admin" : "editor";
}

void check_key_name(const std::string& name) {
    const Member& username = *users.find("username");  // the same characters
    if (name.empty() || name.size() > static_cast<std::size_t>(username.max) ||
        !username.matches(name)) {
        throw std::invalid_argument("a key's name must be 1 to 64 letters, digits, '_', '.', '-'");
    }
}

std::string add_key(Connection& connection, const KeyOwner& owner) {
    constexpr std::size_t bytes = 32;
    check_key_name(owner.name);
    const std::string key = "lab_" + random_text(bytes);
    Transaction transaction(connection, Transaction::Kind::write);
    const auto added = connection.execute(
        "INSERT INTO api_keys (name, role, hash, created_at) VALUES (:1, :2, :3, :4) "
        "ON CONFLICT (name) DO NOTHING",
        {owner.name, std::string(to_string(owner.role)), hash_of(key), now()});
    if (added == 0) {
        throw std::invalid_argument("there is a key " + owner.name + " already");
    }
    transaction.commit();
    return key;
}

std::vector<KeyOwner> list_keys(Connection& connection) {
    constexpr std::array columns = {Type::text, Type::text};
    std::vector<KeyOwner> owners;
    for (const Values& row :
         connection.select("SELECT name, role FROM api_keys ORDER BY name", {}, columns)) {
        owners.push_back(owner_of(row));
    }
    return owners;
}

void revoke_key(Connection& connection, const std::string& name) {
    if (connection.execute("DELETE FROM api_keys WHERE name = :1", {name}) == 0) {
        throw std::invalid_argument("there is no key " + name);
    }
}

std::optional<KeyOwner> find_owner(Connection& connection, std::string_view key) {
    constexpr std::array columns = {Type::text, Type::text, Type::text};
    const std::string hash = hash_of(key);
    // The index compares hashes, of which a guess says nothing: it does not choose its bytes.
    for (const Values& row : connection.select(
             "SELECT name, role, hash FROM api_keys WHERE hash = :1", {hash}, columns)) {
        if (is_equal(std::get<std::string>(row[2]), hash)) {
            return owner_of(row);
        }
    }
    return std::nullopt;
}

}  // namespace cookbook::rest_api
