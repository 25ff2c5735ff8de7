#include "pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "11_04_cidr_addresses/text/parse.hpp"

namespace cookbook::control_plane {
namespace {

using cidr_addresses::ParseError;

/// An address of the pool's version, without a scope: that is the name of an interface.
uint128 parse_bits(Version version, std::string_view text) {
    const auto address = cidr_addresses::parse_address(version, text);
    if (!address || !address->scope_id().empty()) {
        throw ParseError(fmt::format("'{}' is no IPv{} address", text, static_cast<int>(version)));
    }
    return address->bits();
}

Range parse_network(Version version, std::string_view text) {
    const Network network =
        version == Version::v4 ? Network::parse_v4(text) : Network::parse_v6(text);
    if (!network.network_address().scope_id().empty()) {
        throw ParseError(fmt::format("'{}' has a scope", text));
    }
    return cidr_manager::range_of(network);
}

/// What hosts may have in a network. Not Network::hosts(), whose end does not fit for all networks.
Range hosts_of(const Network& network) {
    Range hosts = cidr_manager::range_of(network);
    if (network.last_index() > 1) {  // more than two addresses
        ++hosts.first;
        hosts.last -= network.version() == Version::v4 ? 1 : 0;
    }
    return hosts;
}

}  // namespace

bool is_pool_name(std::string_view text) {
    constexpr auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    };
    const bool is_dot_segment = text == "." || text == "..";  // of a URL's path
    return !text.empty() && text.size() <= max_pool_name && !is_dot_segment &&
           std::ranges::all_of(text, is_allowed);
}

Range parse_reserved(Version version, std::string_view text) {
    if (text.find('/') != text.npos) {
        return parse_network(version, text);
    }
    const std::size_t dash = text.find('-');
    if (dash == text.npos) {
        const uint128 bits = parse_bits(version, text);
        return {bits, bits};
    }
    const Range range{parse_bits(version, text.substr(0, dash)),
                      parse_bits(version, text.substr(dash + 1))};
    if (range.first > range.last) {
        throw ParseError(fmt::format("'{}' ends before it begins", text));
    }
    return range;
}

Ranges usable_addresses(const Pool& pool) {
    Ranges reserved;
    for (const std::string& text : pool.reserved) {
        reserved.push_back(parse_reserved(pool.cidr.version(), text));
    }
    return cidr_manager::subtract({hosts_of(pool.cidr)}, cidr_manager::merge(std::move(reserved)));
}

std::string to_key(const Address& address) {
    return fmt::format("{}{:032x}", static_cast<int>(address.version()), address.bits());
}

Address from_key(std::string_view key) {
    constexpr std::size_t half = 16;  // digits of 64 bits, which std::from_chars() can read
    constexpr int base = 16;
    const auto number_at = [&](std::size_t begin) {
        std::uint64_t number = 0;
        const std::string_view digits = key.substr(begin, half);
        std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
        return number;
    };
    return {key.front() == '4' ? Version::v4 : Version::v6,
            uint128{number_at(1)} << 64U | number_at(1 + half)};
}

}  // namespace cookbook::control_plane
