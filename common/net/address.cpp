#include "common/net/address.hpp"

#include <fmt/format.h>

namespace cookbook {

std::string to_string(const HostPort& address) {
    const bool is_v6 = address.host.find(':') != std::string::npos;
    return is_v6 ? fmt::format("[{}]:{}", address.host, address.port)
                 : fmt::format("{}:{}", address.host, address.port);
}

std::string to_string(const UnixAddress& address) {
    return "unix:" + address.path;
}

std::string to_string(const Address& address) {
    return std::visit([](const auto& either) { return to_string(either); }, address);
}

}  // namespace cookbook
