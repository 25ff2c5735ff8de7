#include "parse.hpp"

#include <cstddef>
#include <utility>

#include "common/lab.hpp"
#include "digits.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// Opens the gap that "::" stands for: the groups before it move to the left end of `bits`, those
/// behind it stay at the right end. Together they are fewer than eight.
constexpr uint128 with_gap(uint128 bits, int before, int behind) noexcept {
    const int low = 16 * behind;
    const uint128 left = before == 0 ? 0 : bits >> low << (128 - 16 * before);
    return left | (bits & ((uint128{1} << low) - 1));
}

}  // namespace

std::optional<std::uint32_t> parse_dotted_quad(std::string_view text) noexcept {
    // [step 1] Read four octets with a dot between them, strictly. (stub: return std::nullopt;)
    const char* next = text.data();
    const char* const end = next + text.size();
    std::uint32_t bits = 0;
    for (int octet = 0; octet < 4; ++octet) {
        if (octet > 0) {
            if (next == end || *next != '.') {
                return std::nullopt;
            }
            ++next;
        }
        if (next == end || !is_decimal(*next)) {
            return std::nullopt;
        }
        unsigned value = decimal_value(*next++);
        if (value != 0) {  // after a leading zero nothing but the next dot may follow
            for (int digit = 0; digit < 2 && next != end && is_decimal(*next); ++digit) {
                value = value * 10 + decimal_value(*next++);
            }
        }
        if (value > 255) {
            return std::nullopt;
        }
        bits = bits << 8 | value;
    }
    return next == end ? std::optional(bits) : std::nullopt;
    // [end]
}

std::optional<uint128> parse_groups(std::string_view text) noexcept {
    constexpr int no_gap = -1;
    const char* next = text.data();
    const char* const end = next + text.size();
    uint128 bits = 0;  // the groups read so far, the last one rightmost
    int groups = 0;
    int gap = no_gap;  // how many groups stand before "::"
    if (text.starts_with("::")) {
        gap = 0;
        next += 2;
    }
    while (next != end) {
        const char* const group = next;
        unsigned value = 0;
        for (; next != end && hex_values[static_cast<unsigned char>(*next)] != not_hex; ++next) {
            value = value << 4 | hex_values[static_cast<unsigned char>(*next)];
        }
        if (next != end && *next == '.') {  // no group, but a dotted quad, and the last thing
            const auto quad = parse_dotted_quad({group, end});
            if (!quad) {
                return std::nullopt;
            }
            bits = bits << 32 | *quad;
            groups += 2;
            break;
        }
        const auto digits = next - group;
        if (digits < 1 || digits > 4) {
            return std::nullopt;
        }
        bits = bits << 16 | value;
        ++groups;
        if (next == end) {
            break;
        }
        if (*next != ':' || next + 1 == end) {
            return std::nullopt;
        }
        ++next;
        if (*next == ':') {
            if (gap != no_gap) {
                return std::nullopt;
            }
            gap = groups;
            ++next;
        }
    }
    if (gap == no_gap) {
        return groups == 8 ? std::optional(bits) : std::nullopt;
    }
    // "::" stands for at least one group.
    return groups <= 7 ? std::optional(with_gap(bits, gap, groups - gap)) : std::nullopt;
}

std::optional<Address> parse_address(Version version, std::string_view text) {
    if (version == Version::v4) {
        const auto bits = parse_dotted_quad(text);
        return bits ? std::optional(Address::v4(*bits)) : std::nullopt;
    }
    if (const auto bits = parse_groups(text)) {
        return Address::v6(*bits);
    }
    const std::size_t percent = text.find('%');
    if (percent == text.npos) {
        return std::nullopt;
    }
    const std::string_view scope = text.substr(percent + 1);
    const auto bits = parse_groups(text.substr(0, percent));
    if (!bits || scope.empty() || scope.find_first_of("%/") != scope.npos) {
        return std::nullopt;
    }
    return Address(version, *bits, ScopeId(scope));
}

std::optional<Cidr> parse_cidr(Version version, std::string_view text) {
    const std::size_t slash = text.find('/');
    auto address = parse_address(version, text.substr(0, slash));
    const auto prefix_length = slash == text.npos
                                   ? std::optional(width(version))
                                   : parse_prefix_length(version, text.substr(slash + 1));
    if (!address || !prefix_length) {
        return std::nullopt;
    }
    return Cidr{*std::move(address), *prefix_length};
}

Version version_of(std::string_view text) noexcept {
    bool colon = false;
    for (const char character : text.substr(0, 5)) {
        colon |= character == ':';
    }
    return colon ? Version::v6 : Version::v4;
}

std::optional<Address> Address::try_parse(std::string_view text) {
    return parse_address(version_of(text), text);
}

std::optional<Network> Network::try_parse(std::string_view text, HostBits host_bits) {
    auto cidr = parse_cidr(version_of(text), text);
    if (!cidr) {
        return std::nullopt;
    }
    const uint128 bits = cidr->address.bits();
    Network network(std::move(cidr->address), cidr->prefix_length, HostBits::clear);
    if (host_bits == HostBits::refuse && network.network_address().bits() != bits) {
        return std::nullopt;
    }
    return network;
}

std::optional<Interface> Interface::try_parse(std::string_view text) {
    auto cidr = parse_cidr(version_of(text), text);
    return cidr ? std::optional(Interface(std::move(cidr->address), cidr->prefix_length))
                : std::nullopt;
}

}  // namespace cookbook::cidr_addresses
