// IANA's registries of special-purpose addresses (RFC 6890), as CPython 3.13.0 has them:
// https://www.iana.org/assignments/iana-ipv4-special-registry and …/iana-ipv6-special-registry
#include <algorithm>

#include "interface.hpp"

namespace cookbook::cidr_addresses {
namespace {

constexpr Network v4(unsigned a, unsigned b, unsigned c, unsigned d, int prefix_length) {
    return {Address::v4(a << 24 | b << 16 | c << 8 | d), prefix_length};
}

/// From the left, in groups of 16 bits; the rest is zero.
constexpr Network v6(std::initializer_list<unsigned> groups, int prefix_length) {
    uint128 bits = 0;
    int shift = 128;
    for (const unsigned group : groups) {
        shift -= 16;
        bits |= uint128{group} << shift;
    }
    return {Address::v6(bits), prefix_length};
}

/// Neither global nor, for CPython, private: shared by the customers of a provider (RFC 6598).
constexpr Network shared = v4(100, 64, 0, 0, 10);

constexpr Network private_networks[] = {
    v4(0, 0, 0, 0, 8),
    v4(10, 0, 0, 0, 8),
    v4(127, 0, 0, 0, 8),
    v4(169, 254, 0, 0, 16),
    v4(172, 16, 0, 0, 12),
    v4(192, 0, 0, 0, 24),
    v4(192, 0, 2, 0, 24),
    v4(192, 168, 0, 0, 16),
    v4(198, 18, 0, 0, 15),
    v4(198, 51, 100, 0, 24),
    v4(203, 0, 113, 0, 24),
    v4(240, 0, 0, 0, 4),
    v6({0, 0, 0, 0, 0, 0, 0, 1}, 128),
    v6({}, 128),
    v6({0, 0, 0, 0, 0, 0xffff}, 96),
    v6({0x64, 0xff9b, 1}, 48),
    v6({0x100}, 64),
    v6({0x2001}, 23),
    v6({0x2001, 0xdb8}, 32),
    v6({0x2002}, 16),
    v6({0xfc00}, 7),
    v6({0xfe80}, 10),
};

/// Parts of private networks that are not private.
constexpr Network private_exceptions[] = {
    v4(192, 0, 0, 9, 32),
    v4(192, 0, 0, 10, 32),
    v6({0x2001, 1, 0, 0, 0, 0, 0, 1}, 128),
    v6({0x2001, 1, 0, 0, 0, 0, 0, 2}, 128),
    v6({0x2001, 3}, 32),
    v6({0x2001, 4, 0x112}, 48),
    v6({0x2001, 0x20}, 28),
    v6({0x2001, 0x30}, 28),
};

constexpr Network multicast_networks[] = {v4(224, 0, 0, 0, 4), v6({0xff00}, 8)};
constexpr Network loopback_networks[] = {v4(127, 0, 0, 0, 8), v6({0, 0, 0, 0, 0, 0, 0, 1}, 128)};
constexpr Network link_local_networks[] = {v4(169, 254, 0, 0, 16), v6({0xfe80}, 10)};

constexpr Network reserved_networks[] = {
    v4(240, 0, 0, 0, 4), v6({}, 8),       v6({0x100}, 8),  v6({0x200}, 7),
    v6({0x400}, 6),      v6({0x800}, 5),  v6({0x1000}, 4), v6({0x4000}, 3),
    v6({0x6000}, 3),     v6({0x8000}, 3), v6({0xa000}, 3), v6({0xc000}, 3),
    v6({0xe000}, 4),     v6({0xf000}, 5), v6({0xf800}, 6), v6({0xfe00}, 9),
};

/// CPython's rule for most properties of a network: true of the first and of the last address.
bool both_ends(const Network& network, bool (Address::*property)() const) {
    return (network.network_address().*property)() && (network.broadcast_address().*property)();
}

}  // namespace

bool Address::is_private() const {
    if (const auto mapped = ipv4_mapped()) {
        return mapped->is_private();
    }
    return any_contains(private_networks, *this) && !any_contains(private_exceptions, *this);
}

bool Address::is_global() const {
    if (const auto mapped = ipv4_mapped()) {
        return !mapped->is_private();  // 3.13.0 only asks whether the IPv4 address is private
    }
    return !shared.contains(*this) && !is_private();
}

bool Address::is_multicast() const {
    return any_contains(multicast_networks, *this);
}

bool Address::is_reserved() const {
    return any_contains(reserved_networks, *this);
}

bool Address::is_loopback() const {
    const auto mapped = ipv4_mapped();
    return any_contains(loopback_networks, mapped ? *mapped : *this);
}

bool Address::is_link_local() const {
    return any_contains(link_local_networks, *this);
}

bool Address::is_unspecified() const {
    return bits_ == 0;
}

bool Network::is_private() const {
    const Address last = broadcast_address();
    const auto has_both_ends = [&](const Network& n) {
        return n.contains(address_) && n.contains(last);
    };
    return std::ranges::any_of(private_networks, has_both_ends) &&
           !any_contains(private_exceptions, address_) && !any_contains(private_exceptions, last);
}

bool Network::is_global() const {
    return !(shared.contains(address_) && shared.contains(broadcast_address())) && !is_private();
}

bool Network::is_multicast() const {
    return both_ends(*this, &Address::is_multicast);
}

bool Network::is_reserved() const {
    return both_ends(*this, &Address::is_reserved);
}

bool Network::is_loopback() const {
    return both_ends(*this, &Address::is_loopback);
}

bool Network::is_link_local() const {
    return both_ends(*this, &Address::is_link_local);
}

bool Network::is_unspecified() const {
    return both_ends(*this, &Address::is_unspecified);
}

bool Interface::is_loopback() const {
    return address_.is_loopback() && (address_.version() == Version::v4 || network_.is_loopback());
}

bool Interface::is_unspecified() const {
    return address_.version() == Version::v6 && network_.is_unspecified();
}

}  // namespace cookbook::cidr_addresses
