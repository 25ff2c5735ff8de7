#include "parse.hpp"

#include <array>
#include <cstddef>
#include <utility>

#include "11_04_cidr_addresses/interface.hpp"

namespace cookbook::cidr_addresses {
namespace {

constexpr unsigned not_hex = 16;

/// The value of each hexadecimal digit, not_hex for other characters.
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

/// Reads a hexadecimal number of up to four digits and moves `next` past it.
unsigned read_group(const char*& next, const char* end) noexcept {
    const auto digit = [](char character) -> unsigned {
        return hex_values[static_cast<unsigned char>(character)];
    };
    if (end - next >= 4) {  // most groups have four digits: faster read at once
        const unsigned four[] = {digit(next[0]), digit(next[1]), digit(next[2]), digit(next[3])};
        if ((four[0] | four[1] | four[2] | four[3]) < not_hex) {
            next += 4;
            return four[0] << 12 | four[1] << 8 | four[2] << 4 | four[3];
        }
    }
    unsigned value = 0;
    for (; next != end && digit(*next) != not_hex; ++next) {  // at most three
        value = value << 4 | digit(*next);
    }
    return value;
}

/// Opens the gap of "::": the groups before it move to the left end of `bits`, those after it stay
/// at the right end. There are at most seven.
constexpr uint128 with_gap(uint128 bits, int before, int after) noexcept {
    const int low = 16 * after;
    const uint128 left = before == 0 ? 0 : bits >> low << (128 - 16 * before);
    return left | (bits & ((uint128{1} << low) - 1));
}

/// The groups of an address as they come, and where "::" was among them.
struct Groups {
    static constexpr int no_gap = -1;

    uint128 bits = 0;  // the last one rightmost
    int count = 0;
    int before_gap = no_gap;

    void add(unsigned group) noexcept {
        bits = bits << 16 | group;
        ++count;
    }
    void add_quad(std::uint32_t quad) noexcept {
        bits = bits << 32 | quad;
        count += 2;
    }
    /// False if there is one already.
    bool open_gap() noexcept { return std::exchange(before_gap, count) == no_gap; }

    /// The whole address, nullopt if there are too few groups or too many.
    [[nodiscard]] std::optional<uint128> address() const noexcept {
        if (before_gap == no_gap) {
            return count == 8 ? std::optional(bits) : std::nullopt;
        }
        // "::" replaces at least one group.
        return count <= 7 ? std::optional(with_gap(bits, before_gap, count - before_gap))
                          : std::nullopt;
    }
};

/// Moves `next` past ":" or "::" between two groups. False if neither is there, or nothing follows
/// a single colon.
bool skip_colons(const char*& next, const char* end, Groups& groups) noexcept {
    if (*next != ':' || next + 1 == end) {
        return false;
    }
    ++next;
    if (*next != ':') {
        return true;
    }
    ++next;
    return groups.open_gap();
}

}  // namespace

std::optional<uint128> parse_groups(std::string_view text) noexcept {
    Groups groups;
    const char* next = text.data();
    const char* const end = next + text.size();
    if (text.starts_with("::")) {
        groups.open_gap();
        next += 2;
    }
    while (next != end) {
        const char* const begin = next;
        const unsigned group = read_group(next, end);
        if (next != end && *next == '.') {  // a dotted quad, which must be the last part
            const auto quad = parse_dotted_quad_branchless({begin, end});
            if (!quad) {
                return std::nullopt;
            }
            groups.add_quad(*quad);
            break;
        }
        if (next == begin) {
            return std::nullopt;
        }
        groups.add(group);
        if (next != end && !skip_colons(next, end, groups)) {
            return std::nullopt;
        }
    }
    return groups.address();
}

std::optional<Address> parse_address(Version version, std::string_view text) {
    if (version == Version::v4) {
        const auto bits = parse_dotted_quad_branchless(text);
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
    return text.substr(0, 5).find(':') == text.npos ? Version::v4 : Version::v6;
}

std::optional<Address> Address::try_parse(std::string_view text) {
    if (const auto bits = parse_dotted_quad_branchless(text)) {
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
