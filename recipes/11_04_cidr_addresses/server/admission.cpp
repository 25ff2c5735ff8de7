#include "admission.hpp"

namespace cookbook::cidr_addresses {

bool Admission::admits(const Address& peer) const {
    return !any_contains(deny, peer) && (allow.empty() || any_contains(allow, peer));
}

Address peer_address(const boost::asio::ip::address& address) {
    if (address.is_v4()) {
        return Address::v4(address.to_v4().to_uint());
    }
    uint128 bits = 0;
    for (const unsigned char byte : address.to_v6().to_bytes()) {
        bits = bits << 8 | byte;
    }
    const Address peer = Address::v6(bits);
    return peer.ipv4_mapped().value_or(peer);
}

}  // namespace cookbook::cidr_addresses
