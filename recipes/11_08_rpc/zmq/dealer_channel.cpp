#include "dealer_channel.hpp"

#include <chrono>
#include <system_error>
#include <utility>

#include "11_08_rpc/session/connection_closed.hpp"
#include "common/async/within.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::rpc {
namespace {

asio::awaitable<void> wait_until_connected(ZmqSocket& socket) {
    while ((socket.events() & ZMQ_POLLOUT) == 0) {
        co_await socket.wait();
    }
}

/// [empty, message].
bool is_reply(const Frames& frames) {
    return frames.size() == 2 && frames[0].empty();
}

}  // namespace

DealerChannel::DealerChannel(const asio::any_io_executor& executor, DealerOptions options)
    : socket_(executor, zmq::socket_type::dealer), options_(options) {
    zmq::socket_t& socket = socket_.socket();
    socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(options.max_message));
    socket.set(zmq::sockopt::sndhwm, 0);        // callers limit what they send
    socket.set(zmq::sockopt::immediate, true);  // ready to send means connected
    socket.set(zmq::sockopt::reconnect_ivl, -1);
    socket.set(zmq::sockopt::linger, 0);
    socket.set(zmq::sockopt::ipv6, true);
}

asio::awaitable<void> DealerChannel::connect(HostPort address) {
    // ZeroMQ does not say why it cannot connect: the first connection is to find out.
    const tcp::socket probe = co_await cookbook::connect(address);
    try {
        socket_.socket().connect("tcp://" + to_string(probe.remote_endpoint()));
        co_await within(options_.handshake_timeout, wait_until_connected(socket_));
    } catch (const zmq::error_t& error) {
        throw std::system_error(error.num(), std::generic_category(),
                                "connect " + to_string(address));
    } catch (const boost::system::system_error& error) {
        throw std::system_error(error.code(), "connect " + to_string(address));
    }
}

asio::awaitable<std::optional<std::string_view>> DealerChannel::receive() {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    deadline_.expires_after(options_.idle_timeout);
    for (;;) {
        const int events = socket_.events();
        if ((events & ZMQ_POLLIN) != 0) {
            current_ = socket_.try_receive().value_or(Frames());
            if (is_reply(current_)) {
                deadline_.clear();
                co_return current_[1].to_string_view();
            }
            continue;
        }
        const bool has_left = (events & ZMQ_POLLOUT) == 0;
        if (has_left || cancellation.cancelled() == asio::cancellation_type::total) {
            co_return std::nullopt;
        }
        if (cancellation.cancelled() != asio::cancellation_type::none) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        co_await socket_.wait();
        if (deadline_.expired()) {
            throw boost::system::system_error(asio::error::timed_out);
        }
    }
}

void DealerChannel::set_idle_timeout(duration limit) {
    options_.idle_timeout = limit;
    deadline_.expires_after(limit);
}

asio::awaitable<void> DealerChannel::flush() {
    for (; !messages_.empty(); messages_.pop_front()) {
        if (!socket_.try_send({"", messages_.front()})) {
            throw ConnectionClosed();
        }
    }
    co_return;
}

asio::awaitable<std::unique_ptr<Channel>> connect_dealer(HostPort address, DealerOptions options) {
    auto channel = std::make_unique<DealerChannel>(co_await this_coro::executor, options);
    co_await channel->connect(std::move(address));
    co_return std::move(channel);
}

}  // namespace cookbook::rpc
