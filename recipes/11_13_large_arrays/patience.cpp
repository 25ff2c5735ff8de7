#include "patience.hpp"

#include <linux/sockios.h>
#include <sys/ioctl.h>

#include <boost/system/system_error.hpp>

namespace cookbook::large_arrays {

using boost::system::system_error;

Patience::Patience(StreamSocket& socket, asio::steady_timer::duration limit)
    : socket_(socket), limit_(limit) {
    deadline_.emplace(socket_, Deadline::Effect::cancel);
}

asio::awaitable<void> Patience::wait(StreamSocket::wait_type what) {
    for (;;) {
        if (deadline_->expired()) {
            deadline_.emplace(socket_, Deadline::Effect::cancel);  // an expired one stays so
        }
        const std::size_t before = unsent();
        deadline_->expires_after(limit_);
        const auto [wait_error] = co_await socket_.async_wait(what, use_nothrow);
        deadline_->clear();
        if (!wait_error) {
            co_return;
        }
        if (!deadline_->expired() || unsent() >= before) {
            throw system_error(deadline_->reason(wait_error));
        }
    }
}

/// In the socket's send buffer, or on its way and not acknowledged.
std::size_t Patience::unsent() {
    int bytes = 0;
    ::ioctl(socket_.native_handle(), SIOCOUTQ, &bytes);
    return static_cast<std::size_t>(bytes);
}

}  // namespace cookbook::large_arrays
