// Passwords as they are kept: by scrypt (RFC 7914), which costs an attacker as much for each guess.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace cookbook::xml_rpc_service {

/// What is kept of a password.
struct PasswordHash {
    std::array<unsigned char, 16> salt{};
    std::array<unsigned char, 32> hash{};
};

/// Hashes a password with a new salt. Takes tens of milliseconds, and 16 MiB. Throws
/// boost::system::system_error.
[[nodiscard]] PasswordHash hash_password(std::string_view password);

/// Whether the password is the one that was hashed. Takes as long, whatever it is; throws as
/// hash_password() does.
[[nodiscard]] bool matches(const PasswordHash& kept, std::string_view password);

/// "scrypt$16384$8$1$SALT$HASH", both in hexadecimal digits.
[[nodiscard]] std::string format_password_hash(const PasswordHash& kept);
/// The same read; nothing if it is malformed, or has another cost.
[[nodiscard]] std::optional<PasswordHash> parse_password_hash(std::string_view text);

/// Whether HTTP can carry a text as a name or a password: UTF-8 without control characters (RFC
/// 7617, 2).
[[nodiscard]] bool is_credential(std::string_view text) noexcept;

}  // namespace cookbook::xml_rpc_service
