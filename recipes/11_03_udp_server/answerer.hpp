// What both styles do with a datagram.
#pragma once

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "batch.hpp"
#include "time_protocol.hpp"
#include "udp_server.hpp"

namespace cookbook::udp_server {

/// Local time as text, which is made once a second.
class TimeOfDay {
public:
    std::string_view now();

private:
    std::time_t second_ = -1;
    std::string text_;
};

/// Decides, replies and counts, for one thread.
///
///     for (const Datagram& request : requests.receive(socket)) {
///         if (answerer.accepts(request)) {
///             answerer.add(request.route, request.data);
///         }
///     }
///     answerer.send();
class Answerer {
public:
    /// For up to `max_datagrams` between two calls of send(). The socket must outlive it.
    Answerer(udp::socket& socket, std::size_t max_datagrams);

    /// Whether the request is to be answered. Counts it if not.
    bool accepts(const Datagram& request);
    /// Adds the reply, with the time of now, to those that send() sends.
    void add(const Route& route, std::string_view request);
    void send();

    /// Without those dropped, of which only the socket's receivers know.
    [[nodiscard]] const Counts& counts() const noexcept { return counts_; }

private:
    udp::socket& socket_;
    std::uint16_t own_port_;
    TimeOfDay time_;
    std::vector<Reply> replies_;
    SendBatch batch_;
    Counts counts_;
};

}  // namespace cookbook::udp_server
