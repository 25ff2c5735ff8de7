#include "parse.hpp"

#include <array>
#include <bit>
#include <cstddef>

#include "common/lab.hpp"

namespace cookbook::cidr_addresses {
namespace {

constexpr unsigned not_hex = 16;

/// For each character the value of the hexadecimal digit that it is, or not_hex.
constexpr auto hex_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(not_hex);
    for (unsigned digit = 0; digit < 10; ++digit) {
        values['0' + digit] = static_cast<std::uint8_t>(digit);
    }
    for (unsigned digit = 10; digit < 16; ++digit) {
        values['a' + digit - 10] = values['A' + digit - 10] = static_cast<std::uint8_t>(digit);
    }
    return values;
}();

/// 0 to 9, or more where `character` is no decimal digit.
constexpr unsigned decimal_value(char character) noexcept {
    return static_cast<unsigned char>(character) - unsigned{'0'};
}

/// The prefix length of a mask that is ones, then zeros.
std::optional<int> prefix_length_of_netmask(std::uint32_t mask) noexcept {
    const int ones = std::countl_one(mask);
    if (ones + std::countr_zero(mask) < 32) {
        return std::nullopt;
    }
    return ones;
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
        if (next == end || decimal_value(*next) > 9) {
            return std::nullopt;
        }
        unsigned value = decimal_value(*next++);
        if (value != 0) {  // after a leading zero nothing but the next dot may follow
            for (int digit = 0; digit < 2 && next != end && decimal_value(*next) <= 9; ++digit) {
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
    if (groups > 7) {  // "::" stands for at least one group
        return std::nullopt;
    }
    // The groups behind the gap stay where they are, those before it move to the left end.
    const int low = 16 * (groups - gap);
    const uint128 before = gap == 0 ? 0 : bits >> low << (128 - 16 * gap);
    return before | (bits & ((uint128{1} << low) - 1));
}

std::optional<int> parse_prefix_length(Version version, std::string_view text) noexcept {
    // CPython's int() converts no more digits than this, leading zeros included.
    constexpr std::size_t max_digits = 4300;
    int length = 0;
    bool all_digits = !text.empty();
    for (const char character : text) {
        const unsigned digit = decimal_value(character);
        all_digits = all_digits && digit <= 9;
        if (!all_digits) {
            break;
        }
        length = length > 128 ? length : length * 10 + static_cast<int>(digit);
    }
    if (all_digits) {
        return length <= width(version) && text.size() <= max_digits ? std::optional(length)
                                                                     : std::nullopt;
    }
    const auto mask = version == Version::v4 ? parse_dotted_quad(text) : std::nullopt;
    if (!mask) {
        return std::nullopt;
    }
    // [step 2] Take the mask for a netmask, and failing that for a hostmask. (stub: return 0;)
    const auto netmask = prefix_length_of_netmask(*mask);  // first: 0.0.0.0 is /0, not /32
    return netmask ? netmask : prefix_length_of_netmask(~*mask);
    // [end]
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
    return Cidr{std::move(*address), *prefix_length};
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
