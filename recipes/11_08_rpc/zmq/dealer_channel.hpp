// The client's side over ZeroMQ: a DEALER as a channel.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "11_08_rpc/session/channel.hpp"
#include "common/async/deadline.hpp"
#include "common/net/address.hpp"
#include "zmq_socket.hpp"

namespace cookbook::rpc {

struct DealerOptions {
    std::uint64_t max_message = std::uint64_t{16} << 20U;
    /// For the server to begin as ZeroMQ does.
    asio::steady_timer::duration handshake_timeout = 5s;
    /// For it to send its next message.
    asio::steady_timer::duration idle_timeout = 60s;
};

/// A DEALER that is connected to a ROUTER or a REP. Its messages are [empty, message]; others that
/// come are dropped. It does not connect again: the requests of before would be lost unnoticed.
class DealerChannel final : public Channel {
public:
    DealerChannel(const asio::any_io_executor& executor, DealerOptions options);

    /// Throws std::system_error, "connect HOST:PORT: reason". `address.host` is an IP address.
    asio::awaitable<void> connect(HostPort address);

    asio::awaitable<std::optional<std::string_view>> receive() override;
    [[nodiscard]] bool has_message() const override { return false; }
    void set_idle_timeout(duration limit) override;

    void put(std::string_view message) override { messages_.emplace_back(message); }
    [[nodiscard]] std::size_t unsent() const override { return 0; }
    [[nodiscard]] bool is_sending() const override { return false; }
    /// ZeroMQ takes all messages at once. Throws ConnectionClosed if the server has left.
    asio::awaitable<void> flush() override;

private:
    ZmqSocket socket_;
    DealerOptions options_;
    Deadline deadline_{socket_, Deadline::Effect::cancel};
    Frames current_;
    std::deque<std::string> messages_;
};

/// A channel to the ROUTER or REP at the address. Throws std::system_error, "connect HOST:PORT:
/// reason".
asio::awaitable<std::unique_ptr<Channel>> connect_dealer(HostPort address, DealerOptions options);

}  // namespace cookbook::rpc
