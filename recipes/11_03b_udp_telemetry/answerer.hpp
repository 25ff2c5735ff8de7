// What the server does with a datagram, and what it counts. No socket is involved.
#pragma once

#include <cstdint>
#include <string>

#include "11_03_udp_server/batch.hpp"
#include "client_table.hpp"
#include "protocol.hpp"

namespace cookbook::udp_telemetry {

/// Decides, replies and counts.
///
///     std::string reply;
///     if (answerer.answer(datagram, std::chrono::steady_clock::now(), reply)) {
///         …send it, back along datagram.route
class Answerer {
public:
    /// `own_port` is the server's own; it has been running since `start`.
    Answerer(const ClientLimits& limits, std::uint16_t own_port, TimePoint start);

    /// Counts the datagram, and makes `reply` the reply to it. Returns false if there is none:
    /// a service that would answer the reply may have sent it, or its client has had too many.
    bool answer(const udp_server::Datagram& datagram, TimePoint now, std::string& reply);

    /// Notes what the kernel says it has dropped so far, a count that begins anew after 2^32 - 1.
    void note_dropped(std::uint32_t dropped);

    Statistics statistics(TimePoint now);
    /// The statistics and, as "top", the five clients with most packets.
    std::string report(TimePoint now);

private:
    void append_reply(const Request& request, TimePoint now, std::string& reply);

    std::uint16_t own_port_;
    TimePoint start_;
    ClientTable clients_;
    Statistics counts_;  // without what only clients_ and the clock know
    std::uint32_t last_dropped_ = 0;
};

}  // namespace cookbook::udp_telemetry
