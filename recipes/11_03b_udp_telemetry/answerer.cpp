#include "answerer.hpp"

#include <fmt/format.h>

#include <iterator>

#include "11_03_udp_server/time_protocol.hpp"
#include "common/net/address.hpp"

namespace cookbook::udp_telemetry {
namespace {

constexpr std::size_t max_top = 5;

double seconds(TimePoint::duration time) {
    return std::chrono::duration<double>(time).count();
}

}  // namespace

Answerer::Answerer(const ClientLimits& limits, std::uint16_t own_port, TimePoint start)
    : own_port_(own_port), start_(start), clients_(limits) {}

bool Answerer::answer(const udp_server::Datagram& datagram, TimePoint now, std::string& reply) {
    ++counts_.total_packets;
    // [step 3] Count what was cut: the rest of it is gone.
    if (datagram.cut) {
        ++counts_.truncated;
    }
    // [end]
    if (udp_server::may_be_service(datagram.route.peer.port(), {&own_port_, 1})) {
        ++counts_.ignored;
        return false;
    }
    if (!clients_.record(datagram.route.peer, now)) {
        ++counts_.limited;
        return false;
    }
    reply.clear();
    // [step 3] What was cut is not what was sent, whatever it says: the reply is INVALID.
    if (datagram.cut) {
        reply.append(invalid);
        return true;
    }
    // [end]
    append_reply(parse_request(datagram.data), now, reply);
    return true;
}

void Answerer::append_reply(const Request& request, TimePoint now, std::string& reply) {
    switch (request.kind) {
        case Request::Kind::ping:
            reply.append(pong);
            break;
        case Request::Kind::time:
            reply.append(to_iso(std::chrono::system_clock::now()));
            break;
        case Request::Kind::statistics:
            reply.append(to_json(statistics(now)));
            break;
        case Request::Kind::echo:
            reply.append(echo_prefix).append(request.text);
            break;
        case Request::Kind::increment:
            reply.append(to_bytes(request.number + 1));
            break;
        case Request::Kind::invalid:
            ++counts_.invalid;
            reply.append(invalid);
            break;
    }
}

void Answerer::note_dropped(std::uint32_t dropped) {
    // [step 3] Add what has been dropped since the last time, also across the counter's end.
    counts_.dropped += dropped - last_dropped_;
    last_dropped_ = dropped;
    // [end]
}

Statistics Answerer::statistics(TimePoint now) {
    clients_.expire(now);
    Statistics result = counts_;
    result.active_clients = clients_.size();
    result.evicted = clients_.evicted();
    result.expired = clients_.expired();
    result.uptime = now - start_;
    return result;
}

std::string Answerer::report(TimePoint now) {
    std::string text = to_json(statistics(now));
    text.pop_back();  // the closing brace
    text += R"(, "top": [)";
    const char* separator = "";
    for (const Client& client : clients_.top(max_top)) {
        fmt::format_to(std::back_inserter(text),
                       R"({}{{"address": "{}", "packets": {}, "age": {:.1f}}})", separator,
                       to_string(client.address), client.packets, seconds(now - client.first_seen));
        separator = ", ";
    }
    return text + "]}";
}

}  // namespace cookbook::udp_telemetry
