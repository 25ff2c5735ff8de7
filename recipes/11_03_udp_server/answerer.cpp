#include "answerer.hpp"

#include <chrono>

namespace cookbook::udp_server {

std::string_view TimeOfDay::now() {
    using Clock = std::chrono::system_clock;
    const std::time_t second = Clock::to_time_t(Clock::now());
    if (second != second_) {
        second_ = second;
        text_ = to_text(second);
    }
    return text_;
}

Answerer::Answerer(udp::socket& socket, std::size_t max_datagrams)
    : socket_(socket), own_port_(socket.local_endpoint().port()), batch_(max_datagrams) {
    replies_.reserve(max_datagrams);  // and so no reply moves while the batch refers to it
}

bool Answerer::accepts(const Datagram& request) {
    counts_.cut += request.cut ? 1 : 0;
    const bool accepted =
        may_answer(request.data, request.cut, request.route.peer.port(), own_port_);
    counts_.ignored += accepted ? 0 : 1;
    return accepted;
}

void Answerer::add(const Route& route, std::string_view request) {
    const Reply& reply = replies_.emplace_back(reply_to(request, time_.now()));
    batch_.add(route, reply);
}

void Answerer::send() {
    const std::size_t unsent = batch_.send(socket_);
    counts_.unsent += unsent;
    counts_.answered += replies_.size() - unsent;
    replies_.clear();
}

}  // namespace cookbook::udp_server
