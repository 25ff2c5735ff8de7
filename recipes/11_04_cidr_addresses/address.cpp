#include "address.hpp"

#include <algorithm>
#include <ostream>
#include <utility>

#include "explain.hpp"
#include "format.hpp"
#include "parse.hpp"
#include "python_text.hpp"

namespace cookbook::cidr_addresses {
namespace {

Address parse_or_explain(Version version, std::string_view text) {
    auto address = parse_address(version, text);
    return address ? *std::move(address) : throw ParseError(explain_address(version, text));
}

}  // namespace

Address Address::parse(std::string_view text) {
    auto address = try_parse(text);
    return address ? *std::move(address)
                   : throw ParseError(python_repr(text) +
                                      " does not appear to be an IPv4 or IPv6 address");
}

Address Address::parse_v4(std::string_view text) {
    return parse_or_explain(Version::v4, text);
}

Address Address::parse_v6(std::string_view text) {
    return parse_or_explain(Version::v6, text);
}

std::optional<Address> Address::ipv4_mapped() const {
    return version_ == Version::v6 && bits_ >> 32 == 0xFFFF
               ? std::optional(v4(static_cast<std::uint32_t>(bits_)))
               : std::nullopt;
}

std::optional<Address> Address::sixtofour() const {
    return version_ == Version::v6 && bits_ >> 112 == 0x2002
               ? std::optional(v4(static_cast<std::uint32_t>(bits_ >> 80)))
               : std::nullopt;
}

std::optional<std::array<Address, 2>> Address::teredo() const {
    if (version_ != Version::v6 || bits_ >> 96 != 0x20010000) {
        return std::nullopt;
    }
    // The client's address is sent inverted, lest a NAT on the way replace it (RFC 4380 4).
    return std::array{v4(static_cast<std::uint32_t>(bits_ >> 64)),
                      v4(~static_cast<std::uint32_t>(bits_))};
}

std::to_chars_result to_chars(char* first, char* last, const Address& address) {
    const std::string_view scope = address.scope_id();
    const std::size_t scope_size = scope.empty() ? 0 : scope.size() + 1;
    const auto room = static_cast<std::size_t>(last - first);
    char buffer[address_text_size];
    char* const text = room >= address_text_size ? first : buffer;
    char* end = address.version() == Version::v4
                    ? write_dotted_quad(text, static_cast<std::uint32_t>(address.bits()))
                    : write_groups(text, address.bits());
    const auto size = static_cast<std::size_t>(end - text);
    if (room < size + scope_size) {
        return {last, std::errc::value_too_large};
    }
    if (text != first) {
        end = std::copy(text, end, first);
    }
    if (!scope.empty()) {
        *end++ = '%';
        end = std::ranges::copy(scope, end).out;
    }
    return {end, std::errc()};
}

std::string to_string(const Address& address) {
    char buffer[address_text_size];
    if (address.scope_id().empty()) {
        return {buffer, to_chars(buffer, buffer + sizeof buffer, address).ptr};
    }
    return to_string(address.without_scope()).append("%").append(address.scope_id());
}

std::ostream& operator<<(std::ostream& out, const Address& address) {
    return out << to_string(address);
}

}  // namespace cookbook::cidr_addresses

std::size_t std::hash<cookbook::cidr_addresses::Address>::operator()(
    const cookbook::cidr_addresses::Address& address) const noexcept {
    // Bits of different addresses often differ in few places; the multiplier spreads them.
    constexpr std::uint64_t multiplier = 0x9E3779B97F4A7C15;
    const auto low = static_cast<std::uint64_t>(address.bits());
    const auto high = static_cast<std::uint64_t>(address.bits() >> 64);
    std::uint64_t hash = static_cast<std::uint64_t>(address.version());
    for (const std::uint64_t part : {low, high}) {
        hash = (hash ^ part) * multiplier;
        hash ^= hash >> 32;
    }
    return hash ^ std::hash<std::string_view>()(address.scope_id());
}
