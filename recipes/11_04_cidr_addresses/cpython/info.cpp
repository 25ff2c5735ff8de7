#include "info.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "11_04_cidr_addresses/text/text.hpp"
#include "forms.hpp"
#include "repr.hpp"

namespace cookbook::cidr_addresses {
namespace {

namespace json = boost::json;

/// What `get()` returns or, if it throws ParseError, the message.
template <typename Get>
json::value value_or_error(Get get) {
    try {
        return json::value(get());
    } catch (const ParseError& failure) {
        return json::object({{"error", failure.message()}});
    }
}

json::value text_or_null(const std::optional<Address>& address) {
    return address ? json::value(to_string(*address)) : json::value(nullptr);
}

template <typename T>
json::object common_properties(const T& subject, const Address& address) {
    return {
        {"version", static_cast<int>(address.version())},
        {"compressed", to_string(subject)},
        {"exploded", value_or_error([&] { return exploded(subject); })},
        {"reverse_pointer", value_or_error([&] { return reverse_pointer(subject); })},
        {"is_loopback", subject.is_loopback()},
        {"is_unspecified", subject.is_unspecified()},
    };
}

/// The properties that networks have themselves, and interfaces from their address.
template <typename T>
void add_registry(json::object& properties, const T& subject) {
    properties["is_private"] = subject.is_private();
    properties["is_global"] = subject.is_global();
    properties["is_multicast"] = subject.is_multicast();
    properties["is_reserved"] = subject.is_reserved();
    properties["is_link_local"] = subject.is_link_local();
}

/// The properties that addresses and interfaces have, but networks have not.
void add_address(json::object& properties, const Address& address) {
    add_registry(properties, address);
    if (address.version() == Version::v4) {
        properties["packed"] = fmt::format("{:08x}", static_cast<std::uint32_t>(address.bits()));
        return;
    }
    properties["packed"] =
        fmt::format("{:016x}{:016x}", static_cast<std::uint64_t>(address.bits() >> 64),
                    static_cast<std::uint64_t>(address.bits()));
    properties["ipv4_mapped"] = text_or_null(address.ipv4_mapped());
    properties["sixtofour"] = text_or_null(address.sixtofour());
    const auto teredo = address.teredo();
    properties["teredo"] =
        teredo ? json::value{to_string(teredo->front()), to_string(teredo->back())} : nullptr;
    properties["scope_id"] =
        address.scope_id().empty() ? json::value(nullptr) : json::value(address.scope_id());
}

json::object describe(const Address& address) {
    json::object properties = common_properties(address, address);
    add_address(properties, address);
    return properties;
}

json::object describe(const Network& network) {
    json::object properties = common_properties(network, network.network_address());
    add_registry(properties, network);
    properties["network_address"] = to_string(network.network_address());
    properties["broadcast_address"] = to_string(network.broadcast_address());
    properties["netmask"] = to_string(network.netmask());
    properties["hostmask"] = to_string(network.hostmask());
    properties["prefixlen"] = network.prefix_length();
    properties["num_addresses"] = network.num_addresses();
    properties["with_prefixlen"] = to_string(network);
    properties["with_netmask"] = with_netmask(network);
    properties["with_hostmask"] = with_hostmask(network);
    return properties;
}

json::object describe(const Interface& interface) {
    json::object properties = common_properties(interface, interface.address());
    add_address(properties, interface.address());
    properties["ip"] = to_string(interface.address().without_scope());
    properties["netmask"] = to_string(interface.network().netmask());
    properties["hostmask"] = to_string(interface.network().hostmask());
    properties["with_prefixlen"] = with_prefixlen(interface);
    properties["with_netmask"] = with_netmask(interface);
    properties["with_hostmask"] = with_hostmask(interface);
    return properties;
}

}  // namespace

std::string info(std::string_view text, HostBits host_bits) {
    const json::object line = {
        {"text", text},
        {"address", value_or_error([&] { return describe(Address::parse(text)); })},
        {"network", value_or_error([&] { return describe(Network::parse(text, host_bits)); })},
        {"interface", value_or_error([&] { return describe(Interface::parse(text)); })},
    };
    return ascii_json(json::serialize(line));
}

}  // namespace cookbook::cidr_addresses
