// What a server remembers of a client.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <boost/intrusive/unordered_set_hook.hpp>
#include <chrono>
#include <cstdint>

#include "common/async/asio.hpp"

namespace cookbook::udp_telemetry {

namespace intrusive = boost::intrusive;

using asio::ip::udp;
using TimePoint = std::chrono::steady_clock::time_point;

/// An address with a port. Its place in the list and in the set is in itself: neither allocates.
struct Client : intrusive::list_base_hook<>, intrusive::unordered_set_base_hook<> {
    udp::endpoint address;
    std::uint64_t packets = 0;
    TimePoint first_seen;
    TimePoint last_seen;
    double tokens = 0;  // replies that it may have at once
};

}  // namespace cookbook::udp_telemetry
