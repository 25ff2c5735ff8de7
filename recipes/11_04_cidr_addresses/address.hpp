// Addresses: a number of 32 or 128 bits, its version, and for IPv6 perhaps a scope.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "scope_id.hpp"

namespace cookbook::cidr_addresses {

// g++ and clang have these on every 64-bit machine; __extension__ keeps -Wpedantic quiet.
__extension__ typedef unsigned __int128 uint128;  // NOLINT(modernize-use-using)
__extension__ typedef __int128 int128;            // NOLINT(modernize-use-using)

/// Thrown for text that does not parse as an address, network or interface.
class ParseError : public std::invalid_argument {
public:
    explicit ParseError(const std::string& message)
        : std::invalid_argument(message), message_(message) {}
    /// The message of CPython's ValueError. what() ends at a zero byte, which a scope may contain.
    [[nodiscard]] const std::string& message() const noexcept { return message_; }

private:
    std::string message_;
};

enum class Version : std::uint8_t { v4 = 4, v6 = 6 };

/// The number of bits in an address: 32 or 128.
constexpr int width(Version version) noexcept {
    return version == Version::v4 ? 32 : 128;
}

/// An IPv4 or IPv6 address, as ipaddress.IPv4Address and IPv6Address of CPython 3.13.
///
/// Ordered as in CPython. The order is total also for what CPython refuses to compare: IPv4 comes
/// before IPv6, as in get_mixed_type_key(), and of two addresses that differ only in scope, the one
/// without a scope comes first.
class Address {
public:
    constexpr Address() noexcept = default;  // 0.0.0.0
    /// Throws std::out_of_range if `bits` has more than width(version) bits.
    constexpr Address(Version version, uint128 bits, ScopeId scope = {})
        : bits_(bits), scope_(std::move(scope)), version_(version) {
        if (version == Version::v4 && bits >> 32 != 0) {
            throw std::out_of_range("an IPv4 address has 32 bits");
        }
    }

    static constexpr Address v4(std::uint32_t bits) { return {Version::v4, bits}; }
    static constexpr Address v6(uint128 bits) { return {Version::v6, bits}; }

    /// ipaddress.ip_address(text): either version, strictly. Throws ParseError.
    static Address parse(std::string_view text);
    /// IPv4Address(text) and IPv6Address(text), whose messages say which part of the text is wrong.
    static Address parse_v4(std::string_view text);
    static Address parse_v6(std::string_view text);
    /// Accepts what parse() accepts. For callers that expect bad text and need no reason.
    static std::optional<Address> try_parse(std::string_view text);

    [[nodiscard]] constexpr Version version() const noexcept { return version_; }
    [[nodiscard]] constexpr uint128 bits() const noexcept { return bits_; }
    /// Empty if there is none; always empty for IPv4.
    [[nodiscard]] constexpr std::string_view scope_id() const noexcept { return scope_.text(); }
    [[nodiscard]] constexpr Address without_scope() const { return {version_, bits_}; }

    /// What IANA's registries say, as CPython 3.13.0 knows them: see iana.cpp.
    [[nodiscard]] bool is_private() const;
    [[nodiscard]] bool is_global() const;
    [[nodiscard]] bool is_multicast() const;
    [[nodiscard]] bool is_reserved() const;
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] bool is_link_local() const;
    [[nodiscard]] bool is_unspecified() const;

    /// The IPv4 address in ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), in 2002::/16 (RFC 3056), and the
    /// server and client in 2001::/32 (RFC 4380).
    [[nodiscard]] std::optional<Address> ipv4_mapped() const;
    [[nodiscard]] std::optional<Address> sixtofour() const;
    [[nodiscard]] std::optional<std::array<Address, 2>> teredo() const;

    friend constexpr bool operator==(const Address& a, const Address& b) noexcept = default;
    friend constexpr std::strong_ordering operator<=>(const Address& a, const Address& b) noexcept {
        if (a.version_ != b.version_) {
            return a.version_ <=> b.version_;
        }
        if (a.bits_ != b.bits_) {  // comparing 128 bits by <=> is slower
            return a.bits_ < b.bits_ ? std::strong_ordering::less : std::strong_ordering::greater;
        }
        return a.scope_ <=> b.scope_;
    }

private:
    uint128 bits_ = 0;
    ScopeId scope_;
    Version version_ = Version::v4;
};

std::size_t hash_value(const Address& address) noexcept;

/// std::hash of the recipe's types: calls the hash_value() of each.
struct Hash {
    std::size_t operator()(const auto& value) const noexcept { return hash_value(value); }
};

}  // namespace cookbook::cidr_addresses

template <>
struct std::hash<cookbook::cidr_addresses::Address> : cookbook::cidr_addresses::Hash {};
