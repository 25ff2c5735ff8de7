#include "zmq_socket.hpp"

#include <cerrno>
#include <utility>

namespace cookbook::rpc {
namespace {

/// Whatever looks at a socket fails if a signal comes meanwhile, and has done nothing then.
template <typename Look>
auto not_interrupted(Look look) {
    for (;;) {
        try {
            return look();
        } catch (const zmq::error_t& error) {
            if (error.num() != EINTR) {
                throw;
            }
        }
    }
}

}  // namespace

ZmqSocket::ZmqSocket(const asio::any_io_executor& executor, zmq::socket_type type)
    : socket_(context_, type), descriptor_(executor, socket_.get(zmq::sockopt::fd)) {}

ZmqSocket::~ZmqSocket() {
    descriptor_.release();  // which the socket closes
}

std::optional<Frames> ZmqSocket::try_receive() {
    Frames frames;
    for (bool more = true; more;) {
        zmq::message_t part;
        if (!not_interrupted([&] { return socket_.recv(part, zmq::recv_flags::dontwait); })) {
            return std::nullopt;  // never between the parts of a message
        }
        more = part.more();
        if (frames.size() < max_frames) {
            frames.push_back(std::move(part));
        }
    }
    return frames;
}

asio::awaitable<std::optional<Frames>> ZmqSocket::receive() {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        if (std::optional<Frames> frames = try_receive()) {
            co_return frames;
        }
        co_await wait();
    }
    co_return std::nullopt;
}

bool ZmqSocket::try_send(std::initializer_list<std::string_view> parts) {
    using enum zmq::send_flags;
    std::size_t left = parts.size();
    bool sent = true;
    for (auto part = parts.begin(); sent && left > 0; ++part) {
        const auto flags = --left > 0 ? sndmore | dontwait : dontwait;
        sent = not_interrupted([&] { return socket_.send(zmq::buffer(*part), flags); }).has_value();
    }
    // Sending may have taken the news that somebody waits for: a message, or that a peer has left.
    if (events() != ZMQ_POLLOUT) {
        error_code ignored;
        cancel(ignored);
    }
    return sent;
}

int ZmqSocket::events() {
    return not_interrupted([&] { return socket_.get(zmq::sockopt::events); });
}

asio::awaitable<void> ZmqSocket::wait() {
    co_await descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, use_nothrow);
}

}  // namespace cookbook::rpc
