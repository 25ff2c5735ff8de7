// Who may come in: the addresses of peers against two lists of networks.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <vector>

#include "network.hpp"

namespace cookbook::cidr_addresses {

/// A peer is refused where a network of `deny` has its address, in whatever order the lists were
/// written; else admitted where one of `allow` has it, or where `allow` is empty.
struct Admission {
    std::vector<Network> allow;
    std::vector<Network> deny;

    [[nodiscard]] bool admits(const Address& peer) const noexcept;
};

/// The address of a socket's peer. A dual-stack socket sees an IPv4 peer as ::ffff:a.b.c.d: that is
/// IPv4 here, or a list of IPv4 networks would not know it. Without scope.
Address peer_address(const boost::asio::ip::address& address);

}  // namespace cookbook::cidr_addresses
