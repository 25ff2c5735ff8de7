// The same calls behind a bare ROUTER in a blocking loop: what ZeroMQ itself costs.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <zmq.hpp>

namespace cookbook::peers {

/// Serves until the process is killed; `reply_to(message)` is the reply.
template <typename ReplyTo>
void serve_zmq(std::uint16_t port, ReplyTo reply_to) {
    zmq::context_t context(1);
    zmq::socket_t router(context, zmq::socket_type::router);
    router.bind("tcp://127.0.0.1:" + std::to_string(port));
    std::array<zmq::message_t, 3> parts;  // identity, empty, call
    for (;;) {
        for (zmq::message_t& part : parts) {
            static_cast<void>(router.recv(part));
        }
        const std::string reply = reply_to(parts[2].to_string_view());
        router.send(parts[0], zmq::send_flags::sndmore);
        router.send(parts[1], zmq::send_flags::sndmore);
        router.send(zmq::buffer(reply));
    }
}

class ZmqClient {
public:
    explicit ZmqClient(std::uint16_t port) : dealer_(context_, zmq::socket_type::dealer) {
        dealer_.set(zmq::sockopt::linger, 0);
        dealer_.connect("tcp://127.0.0.1:" + std::to_string(port));
    }

    /// Sends the request so many times, `at_once` of them in flight.
    void call(std::string_view request, int count, int at_once) {
        int to_send = count;
        for (; at_once > 0; --at_once, --to_send) {
            send(request);
        }
        zmq::message_t part;
        for (; count > 0; --count) {
            static_cast<void>(dealer_.recv(part));
            static_cast<void>(dealer_.recv(part));
            if (to_send > 0) {
                --to_send;
                send(request);
            }
        }
    }

private:
    void send(std::string_view request) {
        dealer_.send(zmq::const_buffer(), zmq::send_flags::sndmore);
        dealer_.send(zmq::buffer(request));
    }

    zmq::context_t context_{1};
    zmq::socket_t dealer_;
};

}  // namespace cookbook::peers
