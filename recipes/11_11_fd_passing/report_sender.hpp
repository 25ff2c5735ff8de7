// What a worker reports to its server, without ever waiting for it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/async/asio.hpp"
#include "common/net/endpoint.hpp"

namespace cookbook::fd_passing {

/// Sends bytes over a non-blocking socket, which must outlive it: at once what that takes, the rest
/// later. The original's server reads none: one that has left max_unsent of them is sent no more.
class ReportSender {
public:
    static constexpr std::size_t max_unsent = std::size_t{64} << 10U;

    explicit ReportSender(StreamSocket& socket);

    void send(std::string_view reports);

    /// Sends the rest whenever there is room, until the socket is broken or the caller is
    /// cancelled.
    asio::awaitable<void> send_rest();

private:
    void send_some();

    StreamSocket& socket_;
    std::string unsent_;
    bool given_up_ = false;
    asio::steady_timer added_;  // cancelled when there is a rest
};

}  // namespace cookbook::fd_passing
