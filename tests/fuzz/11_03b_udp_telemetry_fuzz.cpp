// Any datagrams, of any senders, at any times: each reply is what the protocol says, the table
// never has more clients than allowed, and every packet is counted once.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

#include "11_03b_udp_telemetry/answerer.hpp"
#include "11_03b_udp_telemetry/groups.hpp"
#include "common/net/utf8.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::udp_telemetry;
using namespace std::chrono_literals;

void require_property(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check_text(std::string_view datagram, const std::string& reply) {
    const std::string_view text = strip(datagram);
    require_property(datagram.find(text) != std::string_view::npos);
    require_property(strip(text) == text);
    require_property(is_utf8(reply));
    if (reply.starts_with(echo_prefix)) {
        require_property(reply.substr(echo_prefix.size()) == text);
    } else {
        require_property(reply == pong || reply.starts_with("{\"total_packets\"") ||
                         reply.size() == 26);
    }
}

void check_reply(std::string_view datagram, bool cut, const std::string& reply) {
    if (cut || (!is_utf8(datagram) && datagram.size() < 4)) {
        require_property(reply == invalid);
    } else if (is_utf8(datagram)) {
        check_text(datagram, reply);
    } else {
        require_property(number_in(reply) == to_number(datagram) + 1);
    }
    const std::string line = printable(datagram);
    require_property(is_utf8(line) && line.find_first_of("\n\r\x1b") == std::string::npos);
}

void check_names(const std::string& text) {
    try {
        require_property(to_endpoint(text).port() != 0);
    } catch (const std::invalid_argument&) {
        return;
    }
}

}  // namespace

/// Datagrams with two bytes before each: who sends it, and when; how long it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t max_clients = 4;
    Answerer answerer({.max_clients = max_clients, .expiry = 100ms, .rate = 20}, 9999, {});
    std::string_view input(reinterpret_cast<const char*>(data), size);
    check_names(std::string(input));
    TimePoint now;
    std::uint64_t count = 0;
    std::uint64_t replies = 0;
    while (input.size() >= 2) {
        const auto sender = static_cast<unsigned char>(input[0]);
        const auto length = static_cast<unsigned char>(input[1]);
        const std::string_view datagram = input.substr(2, length);
        input.remove_prefix(2 + datagram.size());
        now += std::chrono::milliseconds(sender / 16);
        const udp::endpoint peer(asio::ip::address_v4::loopback(),
                                 static_cast<std::uint16_t>(1020 + sender % 16));
        const bool cut = length == 255;
        std::string reply;
        ++count;
        if (answerer.answer({.data = datagram, .cut = cut, .route = {.peer = peer}}, now, reply)) {
            ++replies;
            check_reply(datagram, cut, reply);
        }
    }
    const Statistics statistics = answerer.statistics(now);
    require_property(statistics.total_packets == count);
    require_property(statistics.total_packets == replies + statistics.ignored + statistics.limited);
    require_property(statistics.active_clients <= max_clients);
    require_property(statistics.invalid + statistics.truncated <= count);
    require_property(!answerer.report(now).empty());
    return 0;
}
