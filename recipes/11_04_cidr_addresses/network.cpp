#include "network.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "text/text.hpp"

namespace cookbook::cidr_addresses {

bool Network::contains(const Address& address) const {
    // [step 3] Mask the address and compare; the versions must agree.
    return address.version() == version() && (address.bits() & mask_) == address_.bits();
    // [end]
}

bool Network::overlaps(const Network& other) const {
    return contains(other.address_) || other.contains(address_);
}

bool Network::subnet_of(const Network& other) const {
    return prefix_length_ >= other.prefix_length_ && other.contains(address_);
}

std::ranges::subrange<Network::iterator> Network::hosts() const {
    // [step 4] Leave out the first address, and in IPv4 the last.
    if (last_index() <= 1) {
        return {begin(), end()};
    }
    return {begin() + 1, version() == Version::v4 ? end() - 1 : end()};
    // [end]
}

void Network::throw_host_bits() const {
    throw ParseError(to_string(*this) + " has host bits set");
}

std::string Network::num_addresses() const {
    return last_index() == ~uint128{0} ? "340282366920938463463374607431768211456"
                                       : fmt::format("{}", last_index() + 1);
}

Subnets Network::subnets() const {
    return subnets(prefix_length_ + 1);
}

Subnets Network::subnets(int prefix_length) const {
    if (prefix_length_ == width(version())) {
        prefix_length = prefix_length_;
    }
    if (prefix_length < prefix_length_) {
        throw std::invalid_argument("new prefix must be longer");
    }
    if (prefix_length > width(version())) {
        throw std::invalid_argument(fmt::format("prefix length diff {} is invalid for netblock {}",
                                                prefix_length, to_string(*this)));
    }
    const int more_bits = prefix_length - prefix_length_;
    const uint128 count = more_bits < 128 ? uint128{1} << more_bits : 0;
    const uint128 base = address_.bits();
    return {BlockIterator<Network>(version(), base, prefix_length, 0),
            BlockIterator<Network>(version(), base, prefix_length, count, count == 0)};
}

Network Network::supernet() const {
    return supernet(prefix_length_ - 1);
}

Network Network::supernet(int prefix_length) const {
    if (prefix_length_ == 0) {
        return *this;
    }
    if (prefix_length > prefix_length_) {
        throw std::invalid_argument("new prefix must be shorter");
    }
    if (prefix_length < 0) {
        throw std::invalid_argument(
            fmt::format("current prefixlen is {}, cannot have a prefixlen_diff of {}",
                        prefix_length_, prefix_length_ - prefix_length));
    }
    return {address_.without_scope(), prefix_length, HostBits::clear};
}

bool any_contains(std::span<const Network> networks, const Address& address) {
    return std::ranges::any_of(networks, [&](const Network& n) { return n.contains(address); });
}

}  // namespace cookbook::cidr_addresses
