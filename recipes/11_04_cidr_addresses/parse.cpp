#include "parse.hpp"

#include <cstddef>
#include <utility>

#include "common/lab.hpp"
#include "digits.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// The hexadecimal number of up to four digits at `next`, which moves behind it.
unsigned read_group(const char*& next, const char* end) noexcept {
    const auto digit = [](char character) -> unsigned {
        return hex_values[static_cast<unsigned char>(character)];
    };
    if (end - next >= 4) {  // nearly always there are four, which are faster at once
        const unsigned digits[] = {digit(next[0]), digit(next[1]), digit(next[2]), digit(next[3])};
        if ((digits[0] | digits[1] | digits[2] | digits[3]) < not_hex) {
            next += 4;
            return digits[0] << 12 | digits[1] << 8 | digits[2] << 4 | digits[3];
        }
    }
    unsigned value = 0;
    for (; next != end && digit(*next) != not_hex; ++next) {  // three at most, then something else
        value = value << 4 | digit(*next);
    }
    return value;
}

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
    // How many digits an octet has, no branch predictor can know, and each wrong guess would cost
    // more than all the digits: so no branch depends on it.
    constexpr std::size_t longest = 15;  // "255.255.255.255"
    if (text.size() > longest) {
        return std::nullopt;
    }
    const char* next = text.data();
    const char* const end = text.data() + text.size();
    std::uint32_t bits = 0;
    for (int octet = 0; octet < 3; ++octet) {
        if (end - next < 3) {  // after this octet, a dot and the last one must come
            return std::nullopt;
        }
        const unsigned first = decimal_value(next[0]);
        const unsigned second = decimal_value(next[1]);
        const unsigned third = decimal_value(next[2]);
        const bool two = second <= 9;
        const bool three = two & (third <= 9);
        unsigned value = two ? first * 10 + second : first;
        value = three ? value * 10 + third : value;
        const bool leading_zero = two & (first == 0);
        if (first > 9 || value > 255 || leading_zero) {
            return std::nullopt;
        }
        bits = bits << 8 | value;
        next += 1 + two + three;
        if (next == end || *next != '.') {
            return std::nullopt;
        }
        ++next;
    }
    const auto size = end - next;  // of the last octet. Before it stands a dot: one can look back
    if (size < 1 || size > 3) {
        return std::nullopt;
    }
    const unsigned hundreds = size > 2 ? decimal_value(end[-3]) : 0;
    const unsigned tens = size > 1 ? decimal_value(end[-2]) : 0;
    const unsigned ones = decimal_value(end[-1]);
    const unsigned value = hundreds * 100 + tens * 10 + ones;
    const bool leading_zero = (size > 1) & (*next == '0');
    const bool good = (hundreds <= 9) & (tens <= 9) & (ones <= 9) & (value <= 255) & !leading_zero;
    return good ? std::optional(bits << 8 | value) : std::nullopt;
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
        const unsigned value = read_group(next, end);
        if (next != end && *next == '.') {  // no group, but a dotted quad, and the last thing
            const auto quad = parse_dotted_quad({group, end});
            if (!quad) {
                return std::nullopt;
            }
            bits = bits << 32 | *quad;
            groups += 2;
            break;
        }
        if (next == group) {
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
    if (const auto bits = parse_dotted_quad(text)) {
        return Address::v4(*bits);
    }
    return parse_address(Version::v6, text);
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
