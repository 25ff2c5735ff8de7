// How often each peer may call: a token bucket for each.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "11_04_cidr_addresses/address.hpp"

namespace cookbook::xml_rpc_service {

using cidr_addresses::Address;

struct RateLimits {
    std::uint32_t rate = 100;   // calls a second, for each peer …
    std::uint32_t burst = 200;  // … and so many at once
    std::size_t max_peers = 100'000;
};

/// The buckets of all peers, a table of bounded size: if it is full, the bucket that is full first
/// is forgotten, which changes nothing if it is full already. One thread.
class RateLimiter {
public:
    using Clock = std::chrono::steady_clock;

    explicit RateLimiter(RateLimits limits = {});

    /// Takes a token from the peer's bucket, and returns zero; or takes none, if there is none, and
    /// returns how long it takes until there is one.
    [[nodiscard]] Clock::duration take(const Address& peer, Clock::time_point now);

    [[nodiscard]] std::size_t peers() const noexcept { return buckets_.size(); }

private:
    using Buckets = std::map<Address, Clock::time_point>;  // when each will be full again

    Clock::time_point& find_bucket(const Address& peer, Clock::time_point now);

    RateLimits limits_;
    Clock::duration interval_;  // from one token to the next
    Clock::duration capacity_;  // how long an empty bucket takes to be full
    Buckets buckets_;           // not by hash: a peer could choose addresses that share a place
    std::set<std::pair<Clock::time_point, Address>> by_time_;  // the same, in the order of time
};

/// Whose bucket a peer's calls come from: its IPv4 address, or the /64 around its IPv6 address,
/// which is the smallest network that anybody gets (RFC 6177), with 2^64 addresses to choose from.
[[nodiscard]] Address rated_peer(const boost::asio::ip::address& address);

}  // namespace cookbook::xml_rpc_service
