// The TCP echo: who is accepted, and who has been silent for too long.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <list>
#include <span>

#include "common/async/asio.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/serve.hpp"
#include "event_loop.hpp"

namespace cookbook::event_loop {

class EchoConnection;

/// An echo server on a loop. The loop owns the connections; it must outlive the server, and not
/// run without it.
class TcpEcho {
public:
    struct Settings {
        Limits limits;
        std::size_t max_unsent;
    };

    /// Serves who connects to the acceptor, which listens. `closed` is called whenever a connection
    /// has ended. Throws as EventLoop::watch() does.
    TcpEcho(EventLoop& loop, tcp::acceptor acceptor, const Settings& settings,
            std::function<void()> closed);

    /// Accepts nobody any more, closes the connections that are idle, and the others when nothing
    /// of them is on the way.
    void drain();

    [[nodiscard]] std::size_t connections() const { return by_activity_.size(); }

private:
    friend class EchoConnection;
    class Acceptor;
    using Connections = std::list<EchoConnection*>;

    void accept();
    void admit(Descriptor socket);
    void recover_from(error_code accept_error);
    void update_acceptor();
    void watch_for_silence();
    void close_silent();
    void close_lingering();
    void touch(EchoConnection& connection);
    void close(EchoConnection& connection);

    EventLoop& loop_;
    tcp::acceptor acceptor_;
    Settings settings_;
    std::function<void()> closed_;
    Connections by_activity_;  // who has been silent the longest is first
    bool pausing_ = false;     // for want of descriptors
    bool silence_timed_ = false;
    std::array<char, std::size_t{16} * 1024> buffer_;  // of whoever receives
};

}  // namespace cookbook::event_loop
