// The clients of the command line: one that asks, one that looks for servers, one that listens.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "11_03_udp_server/call.hpp"
#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook::udp_telemetry {

/// Sends each text, then a request to increment each number, and writes each reply to `output` as a
/// line. Sends a PING if there is neither. Throws as udp_server::Caller::call() does.
asio::awaitable<void> ask(HostPort server, std::vector<std::string> texts,
                          std::vector<std::uint32_t> numbers, udp_server::Retries retries,
                          std::FILE* output);

/// A group or a broadcast address, and the interface by which it is reached (GroupRoute).
struct Audience {
    std::string address;
    std::uint16_t port = 9999;
    std::string interface = {};
};

/// Sends one PING to all and writes "ADDRESS:PORT" of each that answers PONG within `wait`, once.
/// Throws std::runtime_error if none does, and std::system_error, "discover ADDRESS:PORT: reason".
asio::awaitable<void> discover(Audience audience, asio::steady_timer::duration wait,
                               std::FILE* output);

/// Writes "listening on ADDRESS:PORT", then a line "ADDRESS:PORT TEXT" for each datagram that is
/// sent to the audience; ends after `count` of them, if there is a count. Throws std::system_error.
asio::awaitable<void> listen(Audience audience, std::optional<std::size_t> count,
                             std::FILE* output);

}  // namespace cookbook::udp_telemetry
