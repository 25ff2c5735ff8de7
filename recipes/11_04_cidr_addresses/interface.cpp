#include "interface.hpp"

#include <fmt/format.h>

#include <ostream>

#include "explain.hpp"
#include "format.hpp"
#include "parse.hpp"
#include "python_text.hpp"

namespace cookbook::cidr_addresses {
namespace {

Interface parse_or_explain(Version version, std::string_view text) {
    auto cidr = parse_cidr(version, text);
    return cidr ? Interface(std::move(cidr->address), cidr->prefix_length)
                : throw ParseError(explain_cidr(version, text));
}

std::string plain_text(const Address& address) {
    char buffer[address_text_size];
    return address.version() == Version::v4
               ? to_string(address)
               : std::string(buffer, write_groups(buffer, address.bits(), false));
}

}  // namespace

Interface Interface::parse(std::string_view text) {
    auto interface = try_parse(text);
    return interface ? *std::move(interface)
                     : throw ParseError(python_repr(text) +
                                        " does not appear to be an IPv4 or IPv6 interface");
}

Interface Interface::parse_v4(std::string_view text) {
    return parse_or_explain(Version::v4, text);
}

Interface Interface::parse_v6(std::string_view text) {
    return parse_or_explain(Version::v6, text);
}

bool Interface::is_loopback() const {
    return address_.is_loopback() && (address_.version() == Version::v4 || network_.is_loopback());
}

bool Interface::is_unspecified() const {
    return address_.version() == Version::v6 && network_.is_unspecified();
}

std::string to_string(const Interface& interface) {
    return fmt::format("{}/{}", to_string(interface.address()),
                       interface.network().prefix_length());
}

std::ostream& operator<<(std::ostream& out, const Interface& interface) {
    return out << to_string(interface);
}

std::string with_prefixlen(const Interface& interface) {
    return fmt::format("{}/{}", plain_text(interface.address()),
                       interface.network().prefix_length());
}

std::string with_netmask(const Interface& interface) {
    return plain_text(interface.address()) + "/" + to_string(interface.network().netmask());
}

std::string with_hostmask(const Interface& interface) {
    return plain_text(interface.address()) + "/" + to_string(interface.network().hostmask());
}

}  // namespace cookbook::cidr_addresses

std::size_t std::hash<cookbook::cidr_addresses::Interface>::operator()(
    const cookbook::cidr_addresses::Interface& interface) const noexcept {
    return std::hash<cookbook::cidr_addresses::Address>()(interface.address()) * 129 +
           static_cast<std::size_t>(interface.network().prefix_length());
}
