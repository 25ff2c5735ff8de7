#include "network.hpp"

#include <fmt/format.h>

#include <ostream>

#include "explain.hpp"
#include "parse.hpp"
#include "python_text.hpp"

namespace cookbook::cidr_addresses {
namespace {

Network parse_or_explain(Version version, std::string_view text, HostBits host_bits) {
    auto cidr = parse_cidr(version, text);
    return cidr ? Network(std::move(cidr->address), cidr->prefix_length, host_bits)
                : throw ParseError(explain_cidr(version, text));
}

}  // namespace

Network Network::parse(std::string_view text, HostBits host_bits) {
    if (auto cidr = parse_cidr(version_of(text), text)) {
        return {std::move(cidr->address), cidr->prefix_length, host_bits};
    }
    throw ParseError(python_repr(text) + " does not appear to be an IPv4 or IPv6 network");
}

Network Network::parse_v4(std::string_view text, HostBits host_bits) {
    return parse_or_explain(Version::v4, text, host_bits);
}

Network Network::parse_v6(std::string_view text, HostBits host_bits) {
    return parse_or_explain(Version::v6, text, host_bits);
}

void Network::throw_host_bits() const {
    throw ParseError(to_string(*this) + " has host bits set");
}

std::string Network::num_addresses() const {
    return last_index() == ~uint128{0} ? "340282366920938463463374607431768211456"
                                       : to_decimal(last_index() + 1);
}

std::ranges::subrange<Network::iterator> Network::hosts() const {
    // [step 4] Leave out the first address, and in IPv4 the last. (stub: return {begin(), end()};)
    if (last_index() <= 1) {
        return {begin(), end()};
    }
    return {begin() + 1, version() == Version::v4 ? end() - 1 : end()};
    // [end]
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

std::string to_string(const Network& network) {
    return fmt::format("{}/{}", to_string(network.network_address()), network.prefix_length());
}

std::ostream& operator<<(std::ostream& out, const Network& network) {
    return out << to_string(network);
}

std::string with_netmask(const Network& network) {
    return to_string(network.network_address()) + "/" + to_string(network.netmask());
}

std::string with_hostmask(const Network& network) {
    return to_string(network.network_address()) + "/" + to_string(network.hostmask());
}

}  // namespace cookbook::cidr_addresses

std::size_t std::hash<cookbook::cidr_addresses::Network>::operator()(
    const cookbook::cidr_addresses::Network& network) const noexcept {
    return std::hash<cookbook::cidr_addresses::Address>()(network.network_address()) * 129 +
           static_cast<std::size_t>(network.prefix_length());
}
