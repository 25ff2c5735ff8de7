// What travels, without sockets: what a datagram asks for, and what the replies look like.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cookbook::udp_telemetry {

/// The most that a datagram can carry over IPv4: 65,535 bytes without the headers of IP and UDP.
constexpr std::size_t max_payload = 65'507;

struct Request {
    enum class Kind { ping, time, statistics, echo, increment, invalid };

    Kind kind = Kind::invalid;
    std::string_view text = {};  // echo: a part of the datagram
    std::uint32_t number = 0;    // increment
};

/// What the datagram asks for. If it is UTF-8 it is text, and its white space at both ends does not
/// count: PING, TIME or STATS in upper or lower case, or a text to be echoed. Anything else is
/// binary: its first four bytes are a number in network byte order, to be incremented. It is
/// invalid if it has fewer, or if no datagram could hold the echo.
Request parse_request(std::string_view datagram);

/// `text`, UTF-8, without what Python's str.strip() takes away at both ends.
std::string_view strip(std::string_view text);

/// What the server has counted since its start.
struct Statistics {
    std::uint64_t total_packets = 0;
    std::uint64_t active_clients = 0;
    std::uint64_t invalid = 0;    // neither text nor a number, or an echo would be too long
    std::uint64_t truncated = 0;  // longer than the server takes
    std::uint64_t ignored = 0;    // from a port that is not answered
    std::uint64_t limited = 0;    // from a client that sends too much
    std::uint64_t dropped = 0;    // never received: the receive buffer was full
    std::uint64_t evicted = 0;    // clients that had to go for new ones
    std::uint64_t expired = 0;    // clients that had been silent for long enough
    std::chrono::duration<double> uptime = {};
};

/// As Python's json.dumps() writes a dict, in the order of the members.
std::string to_json(const Statistics& statistics);

constexpr std::string_view pong = "PONG";
constexpr std::string_view invalid = "INVALID";
constexpr std::string_view echo_prefix = "ECHO: ";

/// Local time, "2026-11-24T18:07:31.519009": datetime.isoformat(), but always with the fraction.
std::string to_iso(std::chrono::system_clock::time_point time);

/// A number as it travels: four bytes, the highest first. The second reads its first four bytes.
std::string to_bytes(std::uint32_t number);
std::uint32_t to_number(std::string_view bytes);

/// A request to increment `number`. A fifth byte, ff, which is nowhere in UTF-8, makes it binary
/// whatever the number is: alone, many of those below 0x80000000 would be text.
std::string increment_request(std::uint32_t number);
/// The number in the reply, if it is one.
std::optional<std::uint32_t> number_in(std::string_view reply);

}  // namespace cookbook::udp_telemetry
