// One connection of the TCP echo.
#pragma once

#include <list>
#include <string>
#include <string_view>

#include "common/net/descriptor.hpp"
#include "event_loop.hpp"
#include "handler.hpp"
#include "tcp_echo.hpp"

namespace cookbook::event_loop {

/// Sends back what comes, at once as much as the socket takes, the rest when there is room. As long
/// as there is a rest it waits for that room; with too much of it, it does not receive.
class EchoConnection final : public Handler {
public:
    EchoConnection(TcpEcho& echo, Descriptor socket);

    void handle_receive() override;
    void handle_send() override;

    /// Ends our half as soon as there is nothing to receive and nothing to send, perhaps now. The
    /// connection ends with the peer's half, or two seconds later.
    void drain();

private:
    friend class TcpEcho;

    void echo(std::string_view received);
    std::size_t send_some(std::string_view data);
    void update();
    [[nodiscard]] bool is_idle() const;

    TcpEcho& echo_;
    Descriptor socket_;
    std::string unsent_;
    bool broken_ = false;       // the peer is gone
    bool input_ended_ = false;  // the peer sends no more
    bool draining_ = false;
    bool output_ended_ = false;  // we send no more

    // What TcpEcho notes of a connection.
    std::list<EchoConnection*>::iterator position_;
    EventLoop::clock::time_point last_activity_;
};

}  // namespace cookbook::event_loop
