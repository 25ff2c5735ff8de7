// Who is admitted: the address of a peer against two lists of networks.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <vector>

#include "11_04_cidr_addresses/network.hpp"

namespace cookbook::cidr_addresses {

/// A peer is refused if a network of `deny` contains its address. Otherwise it is admitted if a
/// network of `allow` contains it or `allow` is empty.
struct Admission {
    std::vector<Network> allow;
    std::vector<Network> deny;

    [[nodiscard]] bool admits(const Address& peer) const;
};

/// The address of a socket's peer, without scope. A dual-stack socket sees an IPv4 peer as
/// ::ffff:a.b.c.d; the result is IPv4, because lists of IPv4 networks would not match otherwise.
Address peer_address(const boost::asio::ip::address& address);

}  // namespace cookbook::cidr_addresses
