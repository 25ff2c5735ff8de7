#include "udp_services.hpp"

#include <chrono>
#include <string>
#include <utility>

#include "11_03_udp_server/time_protocol.hpp"
#include "fibonacci.hpp"

namespace cookbook::event_loop {
namespace {

constexpr std::size_t max_datagrams = 16;  // in a turn, so that others have theirs
constexpr std::size_t max_datagram = 65'535;

std::string time_of_day() {
    using Clock = std::chrono::system_clock;
    return udp_server::to_text(Clock::to_time_t(Clock::now()));
}

}  // namespace

UdpService::UdpService(udp::socket socket, const OwnPorts& own, std::size_t max_size)
    : socket_(std::move(socket)), own_(own), requests_(max_datagrams, max_size) {
    socket_.non_blocking(true);
}

void UdpService::handle_receive() {
    for (const Datagram& request : requests_.receive(socket_)) {
        if (!udp_server::may_be_service(request.route.peer.port(), own_)) {
            answer(request);
        }
    }
}

void UdpService::reply(const Route& route, std::string_view data) {
    batch_.add(route, data);
    batch_.send(socket_);
}

TimeService::TimeService(udp::socket socket, const OwnPorts& own)
    : UdpService(std::move(socket), own, 1) {}

void TimeService::answer(const Datagram& request) {
    reply(request.route, time_of_day());
}

UdpEcho::UdpEcho(udp::socket socket, const OwnPorts& own)
    : UdpService(std::move(socket), own, max_datagram) {}

void UdpEcho::answer(const Datagram& request) {
    reply(request.route, request.data);
}

FibonacciService::FibonacciService(udp::socket socket, const OwnPorts& own, ThreadPool& pool,
                                   std::int64_t max)
    : UdpService(std::move(socket), own, max_request + 1), pool_(pool), max_(max) {}

void FibonacciService::answer(const Datagram& request) {
    const auto n = parse_request(request.data, max_);
    if (!n) {
        reply(request.route, n.error());
        return;
    }
    // The route goes with the job: by the time the result is there, other requests have come.
    const bool accepted = pool_.run(
        [n = *n](const std::stop_token& stop) { return fibonacci(n, stop); },
        [this, route = request.route](std::uint64_t f) { reply(route, std::to_string(f)); });
    if (!accepted) {
        reply(request.route, "error: busy");
    }
}

}  // namespace cookbook::event_loop
