// Says when the receive buffer was too small.
#pragma once

#include <cstdint>
#include <mutex>

#include "common/async/asio.hpp"

namespace cookbook::udp_server {

/// Logs how many datagrams the kernel has dropped, once a second at most. Thread-safe.
class DropLog {
public:
    /// `dropped` have been dropped so far (ReceiveBatch::dropped()).
    void update(std::uint32_t dropped);

    /// How many that were at the last update().
    [[nodiscard]] std::uint32_t dropped() const;

private:
    mutable std::mutex mutex_;
    std::uint32_t dropped_ = 0;
    std::uint32_t logged_ = 0;
    asio::steady_timer::time_point next_ = {};
};

}  // namespace cookbook::udp_server
