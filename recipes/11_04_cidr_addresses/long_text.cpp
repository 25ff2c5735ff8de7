// The long forms of addresses, networks and interfaces, and their names in the DNS.
#include <fmt/format.h>

#include <ranges>

#include "explain.hpp"
#include "format.hpp"
#include "text.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// CPython makes the long text from the short one, and stumbles over the scope in it.
void refuse_scope(const Address& address) {
    if (!address.scope_id().empty()) {
        throw ParseError(explain_groups(to_string(address)));
    }
}

std::string all_groups(const Address& address) {
    char buffer[address_text_size];
    return {buffer, write_all_groups(buffer, address.bits())};
}

/// "4.3.2.1.in-addr.arpa" for 1.2.3.4. A prefix length, where there is one, stays with the octet it
/// is written behind: "4/24.3.2.1.in-addr.arpa".
std::string reverse_octets(const Address& address, std::string_view prefix_length) {
    const auto bits = static_cast<std::uint32_t>(address.bits());
    return fmt::format("{}{}.{}.{}.{}.in-addr.arpa", bits & 0xFF, prefix_length, bits >> 8 & 0xFF,
                       bits >> 16 & 0xFF, bits >> 24);
}

/// One label for each digit, from the last to the first, and for each character behind them.
std::string reverse_digits(std::string_view text) {
    std::string name;
    for (const char character : std::views::reverse(text)) {
        if (character != ':') {
            name += character;
            name += '.';
        }
    }
    return name + "ip6.arpa";
}

}  // namespace

std::string exploded(const Address& address) {
    refuse_scope(address);
    if (address.version() == Version::v4) {
        return to_string(address);
    }
    const auto mapped = address.ipv4_mapped();
    return mapped ? all_groups(address).substr(0, 30) + to_string(*mapped) : all_groups(address);
}

std::string exploded(const Network& network) {
    if (network.version() == Version::v4) {
        return to_string(network);
    }
    refuse_scope(network.network_address());
    return fmt::format("{}/{}", all_groups(network.network_address()), network.prefix_length());
}

std::string exploded(const Interface& interface) {
    const Address ip = interface.address().without_scope();
    if (ip.ipv4_mapped()) {
        return exploded(ip);  // CPython leaves out the prefix length here, and only here
    }
    return fmt::format("{}/{}", exploded(ip), interface.network().prefix_length());
}

std::string reverse_pointer(const Address& address) {
    refuse_scope(address);
    return address.version() == Version::v4 ? reverse_octets(address, "")
                                            : reverse_digits(all_groups(address));
}

std::string reverse_pointer(const Network& network) {
    return network.version() == Version::v4
               ? reverse_octets(network.network_address(),
                                fmt::format("/{}", network.prefix_length()))
               : reverse_digits(exploded(network));
}

std::string reverse_pointer(const Interface& interface) {
    const Address ip = interface.address().without_scope();
    if (ip.version() == Version::v4) {
        return reverse_octets(ip, fmt::format("/{}", interface.network().prefix_length()));
    }
    return ip.ipv4_mapped() ? reverse_pointer(ip) : reverse_digits(exploded(interface));
}

}  // namespace cookbook::cidr_addresses
