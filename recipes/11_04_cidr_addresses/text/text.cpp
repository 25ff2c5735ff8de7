#include "text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "format.hpp"

namespace cookbook::cidr_addresses {
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

std::string to_string(const Network& network) {
    return fmt::format("{}/{}", to_string(network.network_address()), network.prefix_length());
}

std::string to_string(const Interface& interface) {
    return fmt::format("{}/{}", to_string(interface.address()),
                       interface.network().prefix_length());
}

}  // namespace cookbook::cidr_addresses
