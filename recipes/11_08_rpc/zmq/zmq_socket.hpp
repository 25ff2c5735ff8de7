// A ZeroMQ socket in an event loop.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "common/async/asio.hpp"

namespace cookbook::rpc {

/// The parts of one message.
using Frames = std::vector<zmq::message_t>;

/// A socket with a context, and so a thread for input and output, of its own. What has not gone out
/// when it is destroyed has the time of its option ZMQ_LINGER, which the destructor waits for.
///
/// Its descriptor says only that ZeroMQ's own thread has news (zmq_getsockopt(3), ZMQ_FD), once for
/// any number of messages, and any function that looks at the socket may take them: so whoever
/// waits looks at the socket first, and after each wait.
class ZmqSocket {
public:
    /// Frames beyond so many are dropped as they come: nobody's messages have more.
    static constexpr std::size_t max_frames = 4;

    ZmqSocket(const asio::any_io_executor& executor, zmq::socket_type type);
    ~ZmqSocket();
    ZmqSocket(const ZmqSocket&) = delete;
    ZmqSocket& operator=(const ZmqSocket&) = delete;

    /// For options, bind and connect. They throw zmq::error_t.
    zmq::socket_t& socket() { return socket_; }
    asio::any_io_executor get_executor() { return descriptor_.get_executor(); }

    /// A message that has come.
    std::optional<Frames> try_receive();
    /// The next message; nothing once our caller is cancelled.
    asio::awaitable<std::optional<Frames>> receive();

    /// Sends a message of these parts, at once or not at all: false if the peer's queue is full, or
    /// nobody is connected. Throws zmq::error_t: EHOSTUNREACH for a ROUTER's peer that has left.
    bool try_send(std::initializer_list<std::string_view> parts);

    /// ZMQ_POLLIN: a message has come; ZMQ_POLLOUT: try_send() would send.
    int events();
    /// Waits for news, or for cancel(): look again.
    asio::awaitable<void> wait();
    /// Ends every wait(). A Deadline knows it by both names.
    void cancel(error_code& error) { descriptor_.cancel(error); }
    void close(error_code& error) { descriptor_.cancel(error); }

private:
    zmq::context_t context_{1};
    zmq::socket_t socket_;
    asio::posix::stream_descriptor descriptor_;  // the socket's own
};

}  // namespace cookbook::rpc
