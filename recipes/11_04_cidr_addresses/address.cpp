#include "address.hpp"

#include <functional>

namespace cookbook::cidr_addresses {

std::optional<Address> Address::ipv4_mapped() const {
    return version_ == Version::v6 && bits_ >> 32 == 0xFFFF
               ? std::optional(v4(static_cast<std::uint32_t>(bits_)))
               : std::nullopt;
}

std::optional<Address> Address::sixtofour() const {
    return version_ == Version::v6 && bits_ >> 112 == 0x2002
               ? std::optional(v4(static_cast<std::uint32_t>(bits_ >> 80)))
               : std::nullopt;
}

std::optional<std::array<Address, 2>> Address::teredo() const {
    if (version_ != Version::v6 || bits_ >> 96 != 0x20010000) {
        return std::nullopt;
    }
    // The client's address is inverted, so that no NAT on the path rewrites it (RFC 4380, 4).
    return std::array{v4(static_cast<std::uint32_t>(bits_ >> 64)),
                      v4(~static_cast<std::uint32_t>(bits_))};
}

std::size_t hash_value(const Address& address) noexcept {
    // Addresses often differ in a few bits only; the multiplier (2^64 / golden ratio) spreads them.
    constexpr std::uint64_t multiplier = 0x9E3779B97F4A7C15;
    const auto low = static_cast<std::uint64_t>(address.bits());
    const auto high = static_cast<std::uint64_t>(address.bits() >> 64);
    std::uint64_t hash = static_cast<std::uint64_t>(address.version());
    for (const std::uint64_t part : {low, high}) {
        hash = (hash ^ part) * multiplier;
        hash ^= hash >> 32;
    }
    return hash ^ std::hash<std::string_view>()(address.scope_id());
}

}  // namespace cookbook::cidr_addresses
