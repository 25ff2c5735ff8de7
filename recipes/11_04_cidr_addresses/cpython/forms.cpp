#include "forms.hpp"

#include <fmt/format.h>

#include <ranges>

#include "11_04_cidr_addresses/text/format.hpp"
#include "11_04_cidr_addresses/text/text.hpp"
#include "explain.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// Without scope, and in hexadecimal also if it is IPv4-mapped.
std::string plain_text(const Address& address) {
    char buffer[address_text_size];
    return address.version() == Version::v4
               ? to_string(address)
               : std::string(buffer, write_groups(buffer, address.bits(), false));
}

/// CPython makes the long text from the short one and fails if that has a scope.
void refuse_scope(const Address& address) {
    if (!address.scope_id().empty()) {
        throw ParseError(explain_groups(to_string(address)));
    }
}

std::string all_groups(const Address& address) {
    char buffer[address_text_size];
    return {buffer, write_all_groups(buffer, address.bits())};
}

/// "4.3.2.1.in-addr.arpa" for 1.2.3.4. A prefix length, if any, stays with the octet that it
/// follows: "4/24.3.2.1.in-addr.arpa".
std::string reverse_octets(const Address& address, std::string_view prefix_length) {
    const auto bits = static_cast<std::uint32_t>(address.bits());
    return fmt::format("{}{}.{}.{}.{}.in-addr.arpa", bits & 0xFF, prefix_length, bits >> 8 & 0xFF,
                       bits >> 16 & 0xFF, bits >> 24);
}

/// One label per character but colons, from the last to the first; a prefix length is reversed too.
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

std::string with_netmask(const Network& network) {
    return fmt::format("{}/{}", to_string(network.network_address()), to_string(network.netmask()));
}

std::string with_hostmask(const Network& network) {
    return fmt::format("{}/{}", to_string(network.network_address()),
                       to_string(network.hostmask()));
}

std::string with_prefixlen(const Interface& interface) {
    return fmt::format("{}/{}", plain_text(interface.address()),
                       interface.network().prefix_length());
}

std::string with_netmask(const Interface& interface) {
    return fmt::format("{}/{}", plain_text(interface.address()),
                       to_string(interface.network().netmask()));
}

std::string with_hostmask(const Interface& interface) {
    return fmt::format("{}/{}", plain_text(interface.address()),
                       to_string(interface.network().hostmask()));
}

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
        return exploded(ip);  // only here, CPython omits the prefix length
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
