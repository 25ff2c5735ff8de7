// The types from text, or CPython's error: text/parse.hpp says whether the text is right, and only
// if it is not, explain.hpp finds out why.
#include <fmt/format.h>

#include <utility>

#include "11_04_cidr_addresses/interface.hpp"
#include "11_04_cidr_addresses/text/parse.hpp"
#include "explain.hpp"
#include "repr.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// What was parsed; throws the reason that `explain` finds if nothing was.
template <typename T, typename Explain>
T value_or_throw(std::optional<T> parsed, Explain explain) {
    return parsed ? *std::move(parsed) : throw ParseError(explain());
}

Address address_of(Version version, std::string_view text) {
    return value_or_throw(parse_address(version, text),
                          [=] { return explain_address(version, text); });
}

Cidr cidr_of(Version version, std::string_view text) {
    return value_or_throw(parse_cidr(version, text), [=] { return explain_cidr(version, text); });
}

Network network_of(Cidr cidr, HostBits host_bits) {
    return {std::move(cidr.address), cidr.prefix_length, host_bits};
}

Interface interface_of(Cidr cidr) {
    return {std::move(cidr.address), cidr.prefix_length};
}

/// All that CPython says if the text may be of either version.
auto neither_version(std::string_view text, std::string_view type) {
    return [=] {
        return fmt::format("{} does not appear to be an IPv4 or IPv6 {}", python_repr(text), type);
    };
}

}  // namespace

Address Address::parse(std::string_view text) {
    return value_or_throw(try_parse(text), neither_version(text, "address"));
}

Address Address::parse_v4(std::string_view text) {
    return address_of(Version::v4, text);
}

Address Address::parse_v6(std::string_view text) {
    return address_of(Version::v6, text);
}

Network Network::parse(std::string_view text, HostBits host_bits) {
    return network_of(
        value_or_throw(parse_cidr(version_of(text), text), neither_version(text, "network")),
        host_bits);
}

Network Network::parse_v4(std::string_view text, HostBits host_bits) {
    return network_of(cidr_of(Version::v4, text), host_bits);
}

Network Network::parse_v6(std::string_view text, HostBits host_bits) {
    return network_of(cidr_of(Version::v6, text), host_bits);
}

Interface Interface::parse(std::string_view text) {
    return value_or_throw(try_parse(text), neither_version(text, "interface"));
}

Interface Interface::parse_v4(std::string_view text) {
    return interface_of(cidr_of(Version::v4, text));
}

Interface Interface::parse_v6(std::string_view text) {
    return interface_of(cidr_of(Version::v6, text));
}

}  // namespace cookbook::cidr_addresses
