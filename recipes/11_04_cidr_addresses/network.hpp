// Networks: an address and a prefix length, and all the addresses that share the prefix.
#pragma once

#include <cstdint>
#include <ranges>
#include <span>
#include <string>

#include "address.hpp"
#include "block_iterator.hpp"

namespace cookbook::cidr_addresses {

/// What to do if bits to the right of the prefix are set: refuse the network, as ip_network() does
/// by default, or clear them, as ip_network(…, strict=False) does.
enum class HostBits : std::uint8_t { refuse, clear };

/// The mask of a prefix: 24 makes 255.255.255.0. Requires 0 <= prefix_length <= width(version).
constexpr uint128 netmask_bits(Version version, int prefix_length) noexcept {
    const uint128 all_ones = ~uint128{0} >> (128 - width(version));
    return prefix_length == width(version) ? all_ones : all_ones ^ (all_ones >> prefix_length);
}

struct Subnets;

/// An IPv4 or IPv6 network, as ipaddress.IPv4Network and IPv6Network of CPython 3.13, and a
/// random-access range of its addresses: `for (const Address& address : network)`.
class Network {
public:
    using iterator = BlockIterator<Address>;

    constexpr Network() noexcept = default;  // 0.0.0.0/32
    /// Throws std::out_of_range if the prefix length is negative or longer than the address, and
    /// ParseError, "192.0.2.1/24 has host bits set".
    constexpr Network(Address address, int prefix_length, HostBits host_bits = HostBits::refuse)
        : address_(std::move(address)), prefix_length_(prefix_length) {
        if (prefix_length < 0 || prefix_length > width(version())) {
            throw std::out_of_range("no such prefix length");
        }
        mask_ = netmask_bits(version(), prefix_length);
        if ((address_.bits() & ~mask_) != 0) {
            if (host_bits == HostBits::refuse) {
                throw_host_bits();
            }
            address_ = Address(version(), address_.bits() & mask_);
        }
    }
    constexpr Network(Version version, uint128 bits, int prefix_length)
        : Network(Address(version, bits), prefix_length) {}

    /// ipaddress.ip_network(text, strict): "192.0.2.0/24", the same with a netmask
    /// ("/255.255.255.0") or a hostmask ("/0.0.0.255"), or a single address, which is a network of
    /// one. Throws ParseError.
    static Network parse(std::string_view text, HostBits host_bits = HostBits::refuse);
    /// IPv4Network(text, strict) and IPv6Network(text, strict), whose messages say which part of
    /// the text is wrong.
    static Network parse_v4(std::string_view text, HostBits host_bits = HostBits::refuse);
    static Network parse_v6(std::string_view text, HostBits host_bits = HostBits::refuse);
    /// Accepts what parse() accepts.
    static std::optional<Network> try_parse(std::string_view text,
                                            HostBits host_bits = HostBits::refuse);

    [[nodiscard]] constexpr Version version() const noexcept { return address_.version(); }
    [[nodiscard]] constexpr int prefix_length() const noexcept { return prefix_length_; }
    [[nodiscard]] constexpr const Address& network_address() const noexcept { return address_; }
    [[nodiscard]] constexpr Address broadcast_address() const {
        return {version(), address_.bits() | last_index()};
    }
    [[nodiscard]] constexpr Address netmask() const { return {version(), mask_}; }
    [[nodiscard]] constexpr Address hostmask() const { return {version(), last_index()}; }

    /// The number of addresses minus one, which, unlike size(), always fits.
    [[nodiscard]] constexpr uint128 last_index() const noexcept {
        return mask_ ^ netmask_bits(version(), width(version()));
    }
    /// Throws std::length_error for ::/0: 2^128 does not fit.
    [[nodiscard]] constexpr uint128 size() const {
        const uint128 count = last_index() + 1;
        return count != 0 ? count : throw std::length_error("::/0 has 2^128 addresses");
    }
    [[nodiscard]] constexpr bool empty() const noexcept { return false; }
    /// The exact number in decimal, for ::/0 too.
    [[nodiscard]] std::string num_addresses() const;

    [[nodiscard]] constexpr iterator begin() const noexcept {
        return {version(), address_.bits(), width(version()), 0};
    }
    [[nodiscard]] constexpr iterator end() const noexcept {
        const uint128 count = last_index() + 1;
        return {version(), address_.bits(), width(version()), count, count == 0};
    }
    /// Negative from the end, as in Python: network[-1] is the broadcast address.
    /// Throws std::out_of_range, "address out of range".
    constexpr Address operator[](int128 index) const {
        const uint128 distance = static_cast<uint128>(index < 0 ? -(index + 1) : index);
        if (distance > last_index()) {
            throw std::out_of_range("address out of range");
        }
        return {version(), address_.bits() + (index < 0 ? last_index() - distance : distance)};
    }

    /// Whether the address is in the network. False if the versions differ; scopes do not count.
    [[nodiscard]] bool contains(const Address& address) const;
    /// Whether the networks share an address: then one lies inside the other.
    [[nodiscard]] bool overlaps(const Network& other) const;
    /// False if the versions differ (CPython raises TypeError).
    [[nodiscard]] bool subnet_of(const Network& other) const;

    /// The addresses that hosts may have. IPv4 excludes the network's own and the broadcast
    /// address (RFC 1122, 3.2.1.3), IPv6 the first, the routers' anycast address (RFC 4291, 2.6.1).
    /// Networks of one or two addresses exclude none (RFC 3021, RFC 6164).
    [[nodiscard]] std::ranges::subrange<iterator> hosts() const;

    /// All networks of `prefix_length` in this one, computed on demand. The only subnet of a
    /// single address is itself. Throws std::invalid_argument if `prefix_length` is shorter than
    /// this network's, or longer than the address.
    [[nodiscard]] Subnets subnets(int prefix_length) const;
    [[nodiscard]] Subnets subnets() const;
    /// The network of `prefix_length` around this one; /0 is its own supernet. Throws
    /// std::invalid_argument if `prefix_length` is longer than this network's, or negative.
    [[nodiscard]] Network supernet(int prefix_length) const;
    [[nodiscard]] Network supernet() const;

    /// As CPython has them, mostly: true if true of the first and the last address. See iana.cpp.
    [[nodiscard]] bool is_private() const;
    [[nodiscard]] bool is_global() const;
    [[nodiscard]] bool is_multicast() const;
    [[nodiscard]] bool is_reserved() const;
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] bool is_link_local() const;
    [[nodiscard]] bool is_unspecified() const;

    friend constexpr bool operator==(const Network& a, const Network& b) noexcept = default;
    /// By first address, then the larger network first: its mask is the smaller number.
    friend constexpr std::strong_ordering operator<=>(const Network& a,
                                                      const Network& b) noexcept = default;

private:
    [[noreturn]] void throw_host_bits() const;

    Address address_;
    uint128 mask_ = netmask_bits(Version::v4, 32);
    int prefix_length_ = 32;
};

/// Adjacent networks of one size: a random-access range.
struct Subnets : std::ranges::subrange<BlockIterator<Network>> {
    using subrange::subrange;
};

/// Whether one of the networks contains the address.
[[nodiscard]] bool any_contains(std::span<const Network> networks, const Address& address);

inline std::size_t hash_value(const Network& network) noexcept {
    return hash_value(network.network_address()) * 129 +
           static_cast<std::size_t>(network.prefix_length());
}

}  // namespace cookbook::cidr_addresses

template <>
struct std::hash<cookbook::cidr_addresses::Network> : cookbook::cidr_addresses::Hash {};
