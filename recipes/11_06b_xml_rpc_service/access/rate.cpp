#include "rate.hpp"

#include <algorithm>

#include "11_04_cidr_addresses/network.hpp"
#include "11_04_cidr_addresses/server/admission.hpp"

namespace cookbook::xml_rpc_service {
namespace {

using Clock = RateLimiter::Clock;

/// Takes a token from a bucket of which only is known when it will be full: a token more is an
/// interval less. Returns how long there will be none, and changes nothing then.
Clock::duration take_token(Clock::time_point& full_at, Clock::time_point now,
                           Clock::duration interval, Clock::duration capacity) {
    // [step 4] Take a token, or say how long there is none. (stub: return Clock::duration::zero();)
    const Clock::time_point then = std::max(full_at, now) + interval;
    const Clock::duration missing = (then - now) - capacity;
    if (missing > Clock::duration::zero()) {
        return missing;
    }
    full_at = then;
    return Clock::duration::zero();
    // [end]
}

}  // namespace

RateLimiter::RateLimiter(RateLimits limits)
    : limits_(limits),
      interval_(std::chrono::duration_cast<Clock::duration>(std::chrono::seconds(1)) / limits.rate),
      capacity_(interval_ * limits.burst) {}

Clock::time_point& RateLimiter::find_bucket(const Address& peer, Clock::time_point now) {
    const auto found = buckets_.find(peer);
    if (found != buckets_.end()) {
        return found->second;
    }
    if (buckets_.size() >= limits_.max_peers) {
        buckets_.erase(by_time_.begin()->second);
        by_time_.erase(by_time_.begin());
    }
    by_time_.emplace(now, peer);
    return buckets_.emplace(peer, now).first->second;
}

Clock::duration RateLimiter::take(const Address& peer, Clock::time_point now) {
    Clock::time_point& full_at = find_bucket(peer, now);
    const Clock::time_point before = full_at;
    const Clock::duration missing = take_token(full_at, now, interval_, capacity_);
    if (full_at != before) {
        auto node = by_time_.extract({before, peer});
        node.value().first = full_at;
        by_time_.insert(std::move(node));
    }
    return missing;
}

Address rated_peer(const boost::asio::ip::address& address) {
    using cidr_addresses::Version;
    constexpr int prefix_length = 64;
    Address peer = cidr_addresses::peer_address(address);
    if (peer.version() == Version::v4) {
        return peer;
    }
    return Address::v6(peer.bits() & cidr_addresses::netmask_bits(Version::v6, prefix_length));
}

}  // namespace cookbook::xml_rpc_service
