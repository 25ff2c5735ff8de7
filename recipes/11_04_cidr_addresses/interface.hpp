// An address on a network: "192.0.2.5/24".
#pragma once

#include "network.hpp"

namespace cookbook::cidr_addresses {

/// As ipaddress.IPv4Interface and IPv6Interface of CPython 3.13. Ordered by network, then address.
class Interface {
public:
    constexpr Interface() noexcept = default;
    /// Throws std::out_of_range if the prefix length is negative or longer than the address.
    constexpr Interface(Address address, int prefix_length)
        : network_(address, prefix_length, HostBits::clear), address_(std::move(address)) {}

    /// ipaddress.ip_interface(text): accepts what Network::parse() accepts, host bits included.
    /// Throws ParseError.
    static Interface parse(std::string_view text);
    /// IPv4Interface(text) and IPv6Interface(text), whose messages say which part is wrong.
    static Interface parse_v4(std::string_view text);
    static Interface parse_v6(std::string_view text);
    static std::optional<Interface> try_parse(std::string_view text);

    /// The address with its scope. CPython's `ip` is address().without_scope().
    [[nodiscard]] constexpr const Address& address() const noexcept { return address_; }
    [[nodiscard]] constexpr const Network& network() const noexcept { return network_; }

    /// The two properties in which CPython's interfaces differ from their addresses: an
    /// IPv4Interface is never unspecified, an IPv6Interface only if the whole network is.
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] bool is_unspecified() const;

    friend constexpr bool operator==(const Interface&, const Interface&) noexcept = default;
    friend constexpr std::strong_ordering operator<=>(const Interface&,
                                                      const Interface&) noexcept = default;

private:
    Network network_;  // first, because <=> compares it first
    Address address_;
};

inline std::size_t hash_value(const Interface& interface) noexcept {
    return hash_value(interface.network()) * 129 + hash_value(interface.address());
}

}  // namespace cookbook::cidr_addresses

template <>
struct std::hash<cookbook::cidr_addresses::Interface> : cookbook::cidr_addresses::Hash {};
