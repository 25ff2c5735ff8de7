#include "drop_log.hpp"

#include <spdlog/spdlog.h>

namespace cookbook::udp_server {

void DropLog::update(std::uint32_t dropped) {
    if (dropped == 0) {
        return;
    }
    const std::scoped_lock lock(mutex_);
    // Another thread may have brought a later count; the difference is right across a wrap, too.
    if (static_cast<std::int32_t>(dropped - dropped_) > 0) {
        dropped_ = dropped;
    }
    const auto now = asio::steady_timer::clock_type::now();
    if (dropped_ != logged_ && now >= next_) {
        spdlog::warn("dropped {} datagrams: the receive buffer was full", dropped_ - logged_);
        logged_ = dropped_;
        next_ = now + 1s;
    }
}

std::uint32_t DropLog::dropped() const {
    const std::scoped_lock lock(mutex_);
    return dropped_;
}

}  // namespace cookbook::udp_server
