#include "members.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cmath>

#include "packing.hpp"
#include "request_error.hpp"

namespace cookbook::cidr_manager {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value, const char* name) {
    if (!value.is_string()) {
        throw RequestError(fmt::format("\"{}\" must be a string", name));
    }
    return std::string(value.get_string());
}

/// Boost.JSON reads 2^70 as a double and 1e999 as infinity; converted, neither would be what it is.
std::optional<std::int64_t> whole_number_of(double number) {
    constexpr double limit = 9223372036854775808.0;  // 2^63
    const bool fits = number >= -limit && number < limit && number == std::floor(number);
    return fits ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
}

std::int64_t whole_number(const json::value& value, const char* name) {
    std::optional<std::int64_t> number;
    if (value.is_int64()) {
        number = value.get_int64();
    } else if (value.is_double()) {
        number = whole_number_of(value.get_double());
    }
    return number ? *number
                  : throw RequestError(fmt::format("\"{}\" must be a whole number", name));
}

Network without_scope(const Network& network) {
    return {network.network_address().without_scope(), network.prefix_length()};
}

}  // namespace

Members::Members(const json::object& object) : object_(object), host_bits_(HostBits::clear) {
    host_bits_ = flag("strict", false) ? HostBits::refuse : HostBits::clear;
}

const json::value& Members::member(const char* name) const {
    const json::value* value = object_.if_contains(name);
    if (value == nullptr) {
        throw RequestError(fmt::format("\"{}\" is missing", name));
    }
    return *value;
}

bool Members::flag(const char* name, bool otherwise) const {
    const json::value* value = object_.if_contains(name);
    if (value != nullptr && !value->is_bool()) {
        throw RequestError(fmt::format("\"{}\" must be true or false", name));
    }
    return value == nullptr ? otherwise : value->get_bool();
}

std::string Members::text(const char* name) const {
    return text_of(member(name), name);
}

std::int64_t Members::number(const char* name) const {
    return whole_number(member(name), name);
}

std::int64_t Members::number(const char* name, std::int64_t otherwise) const {
    return has(name) ? number(name) : otherwise;
}

std::size_t Members::count(const char* name) const {
    const std::int64_t value = number(name);
    if (value < 0) {
        throw RequestError(fmt::format("\"{}\" must not be negative", name));
    }
    check_results(static_cast<unsigned long long>(value));
    return static_cast<std::size_t>(value);
}

Network Members::network(const char* name) const {
    return without_scope(Network::parse(text(name), host_bits_));
}

std::vector<Network> Members::networks(const char* name) const {
    std::vector<Network> networks;
    networks.reserve(array(name).size());
    for (const json::value& item : array(name)) {
        networks.push_back(without_scope(Network::parse(text_of(item, name), host_bits_)));
    }
    return networks;
}

Address Members::address(const char* name) const {
    return Address::parse(text(name)).without_scope();
}

const json::array& Members::array(const char* name) const {
    const json::value& value = member(name);
    if (!value.is_array()) {
        throw RequestError(fmt::format("\"{}\" must be a list", name));
    }
    return value.get_array();
}

int Members::prefix_length(Version version) const {
    if (has("hosts") == has("prefix")) {
        throw RequestError("one of \"hosts\" and \"prefix\" must be there");
    }
    if (has("hosts")) {
        return prefix_for_hosts(version, hosts_of(member("hosts")));
    }
    const std::int64_t prefix = number("prefix");
    if (prefix < 0 || prefix > width(version)) {
        throw RequestError(fmt::format("\"prefix\" must be 0 to {}", width(version)));
    }
    return static_cast<int>(prefix);
}

std::int64_t hosts_of(const json::value& value) {
    const std::int64_t hosts = whole_number(value, "hosts");
    if (hosts < 1) {
        throw RequestError("\"hosts\" must be 1 or more");
    }
    return hosts;
}

}  // namespace cookbook::cidr_manager
