#include "password.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <span>
#include <system_error>

#include "11_10_tls/require.hpp"
#include "common/net/utf8.hpp"

namespace cookbook::xml_rpc_service {
namespace {

constexpr std::string_view scrypt_prefix = "scrypt$16384$8$1$";
constexpr std::uint64_t scrypt_cost = 16384;
constexpr std::uint64_t scrypt_block_size = 8;
constexpr std::uint64_t scrypt_parallelism = 1;
constexpr std::uint64_t scrypt_memory = std::uint64_t{32} << 20U;

void derive_hash(PasswordHash& kept, std::string_view password) {
    tls::require(
        EVP_PBE_scrypt(password.data(), password.size(), kept.salt.data(), kept.salt.size(),
                       scrypt_cost, scrypt_block_size, scrypt_parallelism, scrypt_memory,
                       kept.hash.data(), kept.hash.size()),
        "scrypt");
}

/// Takes two digits for each byte from the front of a text; false if they are not there.
bool take_bytes(std::string_view& text, std::span<unsigned char> bytes) {
    for (unsigned char& byte : bytes) {
        const char* const begin = text.data();
        if (text.size() < 2 || std::from_chars(begin, begin + 2, byte, 16).ptr != begin + 2) {
            return false;
        }
        text.remove_prefix(2);
    }
    return true;
}

}  // namespace

PasswordHash hash_password(std::string_view password) {
    PasswordHash kept;
    tls::require(RAND_bytes(kept.salt.data(), static_cast<int>(kept.salt.size())) == 1,
                 "random salt");
    derive_hash(kept, password);
    return kept;
}

bool matches(const PasswordHash& kept, std::string_view password) {
    PasswordHash given = {.salt = kept.salt};
    derive_hash(given, password);
    return CRYPTO_memcmp(given.hash.data(), kept.hash.data(), kept.hash.size()) == 0;
}

std::string format_password_hash(const PasswordHash& kept) {
    return fmt::format("{}{:02x}${:02x}", scrypt_prefix, fmt::join(kept.salt, ""),
                       fmt::join(kept.hash, ""));
}

std::optional<PasswordHash> parse_password_hash(std::string_view text) {
    PasswordHash kept;
    if (!text.starts_with(scrypt_prefix)) {
        return {};
    }
    text.remove_prefix(scrypt_prefix.size());
    if (!take_bytes(text, kept.salt) || !text.starts_with('$')) {
        return {};
    }
    text.remove_prefix(1);
    if (!take_bytes(text, kept.hash) || !text.empty()) {
        return {};
    }
    return kept;
}

bool is_credential(std::string_view text) noexcept {
    const auto is_control = [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    };
    return is_utf8(text) && std::ranges::none_of(text, is_control);
}

}  // namespace cookbook::xml_rpc_service
