#include "explain.hpp"

#include <fmt/format.h>
#include <boost/algorithm/string/split.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "11_04_cidr_addresses/text/parse.hpp"
#include "repr.hpp"

namespace cookbook::cidr_addresses {
namespace {

constexpr std::string_view decimal_digits = "0123456789";
constexpr std::string_view hex_digits = "0123456789abcdefABCDEF";

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    boost::split(parts, text, [=](char character) { return character == separator; });
    return parts;
}

/// Empty if the octet is valid.
std::string explain_octet(std::string_view octet) {
    if (octet.empty()) {
        return "Empty octet not permitted";
    }
    if (octet.find_first_not_of(decimal_digits) != octet.npos) {
        return fmt::format("Only decimal digits permitted in {}", python_repr(octet));
    }
    if (octet.size() > 3) {
        return fmt::format("At most 3 characters permitted in {}", python_repr(octet));
    }
    if (octet.size() > 1 && octet.front() == '0') {
        return fmt::format("Leading zeros are not permitted in {}", python_repr(octet));
    }
    if (octet.size() == 3 && octet > "255") {
        return fmt::format("Octet {} (> 255) not permitted", octet);
    }
    return {};
}

std::string explain_group(std::string_view group) {
    if (group.find_first_not_of(hex_digits) != group.npos) {
        return fmt::format("Only hex digits permitted in {}", python_repr(group));
    }
    if (group.size() > 4) {
        return fmt::format("At most 4 characters permitted in {}", python_repr(group));
    }
    return {};
}

std::string explain_dotted_quad(std::string_view text) {
    if (text.empty()) {
        return "Address cannot be empty";
    }
    const auto octets = split(text, '.');
    if (octets.size() != 4) {
        return fmt::format("Expected 4 octets in {}", python_repr(text));
    }
    for (const std::string_view octet : octets) {
        if (const std::string reason = explain_octet(octet); !reason.empty()) {
            return fmt::format("{} in {}", reason, python_repr(text));
        }
    }
    return {};
}

/// What is wrong with the number and positions of the colons; empty if nothing is.
std::string explain_colons(const std::vector<std::string>& parts) {
    const std::size_t last = parts.size() - 1;
    const auto inner_gaps = std::count(parts.begin() + 1, parts.end() - 1, "");
    if (parts.size() > 9) {
        return "At most 8 colons permitted";
    }
    if (inner_gaps > 1) {
        return "At most one '::' permitted";
    }
    if (inner_gaps == 0 && parts.size() != 8) {
        return "Exactly 8 parts expected without '::'";
    }
    if (parts.front().empty() && !parts[1].empty()) {
        return "Leading ':' only permitted as part of '::'";
    }
    if (parts[last].empty() && !parts[last - 1].empty()) {
        return "Trailing ':' only permitted as part of '::'";
    }
    const auto groups = std::count_if(parts.begin(), parts.end(),
                                      [](const std::string& part) { return !part.empty(); });
    return inner_gaps == 1 && groups > 7 ? "Expected at most 7 other parts with '::'" : "";
}

}  // namespace

std::string explain_groups(std::string_view text) {
    if (text.empty()) {
        return "Address cannot be empty";
    }
    auto parts = split(text, ':');
    if (parts.size() < 3) {
        return fmt::format("At least 3 parts expected in {}", python_repr(text));
    }
    if (parts.back().find('.') != std::string::npos) {
        if (const std::string reason = explain_dotted_quad(parts.back()); !reason.empty()) {
            return fmt::format("{} in {}", reason, python_repr(text));
        }
        parts.back() = "0";  // two valid groups instead of the quad
        parts.emplace_back("0");
    }
    std::string reason = explain_colons(parts);
    for (auto part = parts.begin(); part != parts.end() && reason.empty(); ++part) {
        reason = explain_group(*part);
    }
    return fmt::format("{} in {}", reason, python_repr(text));
}

std::string explain_address(Version version, std::string_view text) {
    if (text.find('/') != text.npos) {
        return fmt::format("Unexpected '/' in {}", python_repr(text));
    }
    if (version == Version::v4) {
        return explain_dotted_quad(text);
    }
    const std::size_t percent = text.find('%');
    if (percent != text.npos &&
        (percent + 1 == text.size() || text.find('%', percent + 1) != text.npos)) {
        return fmt::format("Invalid IPv6 address: \"{}\"", python_repr(text));
    }
    return explain_groups(text.substr(0, percent));
}

std::string explain_cidr(Version version, std::string_view text) {
    const auto parts = split(text, '/');
    if (parts.size() > 2) {
        return fmt::format("Only one '/' permitted in {}", python_repr(text));
    }
    return parse_address(version, parts[0])
               ? fmt::format("{} is not a valid netmask", python_repr(parts.back()))
               : explain_address(version, parts[0]);
}

}  // namespace cookbook::cidr_addresses
