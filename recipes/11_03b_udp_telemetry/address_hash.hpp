// A hash of addresses that their senders cannot foresee.
#pragma once

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>

namespace cookbook::udp_telemetry {

using boost::asio::ip::udp;

/// In which bucket an address falls is known to nobody who does not know the keys: a sender who
/// could choose addresses that share a bucket would make each look-up as long as the table.
/// (Lemire, Kaser: Strongly universal string hashing is fast, 2014.)
class AddressHash {
public:
    AddressHash();
    std::size_t operator()(const udp::endpoint& endpoint) const noexcept;

private:
    std::array<std::uint64_t, 6> keys_;
};

}  // namespace cookbook::udp_telemetry
