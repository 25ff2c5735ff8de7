#include "common/net/address.hpp"

namespace cookbook {

std::string to_string(const HostPort& address) {
    const bool is_v6 = address.host.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + address.host + "]" : address.host;
    return host + ":" + std::to_string(address.port);
}

std::string to_string(const UnixAddress& address) {
    return "unix:" + address.path;
}

std::string to_string(const Address& address) {
    return std::visit([](const auto& either) { return to_string(either); }, address);
}

}  // namespace cookbook
