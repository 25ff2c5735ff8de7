// An address on a network: "192.0.2.5/24".
#pragma once

#include "network.hpp"

namespace cookbook::cidr_addresses {

/// As ipaddress.IPv4Interface and IPv6Interface of CPython 3.13. Ordered by network, then address.
class Interface {
public:
    constexpr Interface() noexcept = default;
    /// Throws std::out_of_range for a prefix length that the version does not have.
    constexpr Interface(Address address, int prefix_length)
        : network_(address, prefix_length, HostBits::clear), address_(std::move(address)) {}

    /// ipaddress.ip_interface(text): what Network::parse() takes, host bits welcome. Throws
    /// ParseError.
    static Interface parse(std::string_view text);
    /// IPv4Interface(text) and IPv6Interface(text), with their more telling messages.
    static Interface parse_v4(std::string_view text);
    static Interface parse_v6(std::string_view text);
    static std::optional<Interface> try_parse(std::string_view text);

    /// The address with its scope. CPython's `ip` is address().without_scope().
    [[nodiscard]] constexpr const Address& address() const noexcept { return address_; }
    [[nodiscard]] constexpr const Network& network() const noexcept { return network_; }

    /// The two properties in which an interface is not its address. CPython's IPv4Interface is
    /// never unspecified; an IPv6 one is where the whole network is.
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] bool is_unspecified() const;

    friend constexpr bool operator==(const Interface&, const Interface&) noexcept = default;
    friend constexpr std::strong_ordering operator<=>(const Interface&,
                                                      const Interface&) noexcept = default;

private:
    Network network_;  // first: it comes first in the order
    Address address_;
};

inline std::size_t hash_value(const Interface& interface) noexcept {
    return hash_value(interface.network()) * 129 + hash_value(interface.address());
}

}  // namespace cookbook::cidr_addresses

template <>
struct std::hash<cookbook::cidr_addresses::Interface> : cookbook::cidr_addresses::Hash {};
