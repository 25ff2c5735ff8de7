// What the blocking styles share: accepting within limits, and the drain.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <unordered_set>

#include "common/async/asio.hpp"
#include "common/net/serve.hpp"

namespace cookbook::tcp_server {

class Listener;

/// An accepted connection: a blocking socket. A receive or send that waits for longer than
/// limits.idle_timeout fails with EAGAIN; a send that has taken a part by then succeeds, and only
/// the next one fails. The destructor closes it. Its listener must outlive it.
class Connection {
public:
    Connection(Listener& listener, int descriptor);
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    [[nodiscard]] int descriptor() const { return descriptor_; }

private:
    Listener* listener_;
    int descriptor_;
};

/// A listening socket for threads that block. Once `stop` is requested it accepts nobody, and after
/// limits.drain_timeout it cuts the connections that are still open.
class Listener {
public:
    Listener(tcp::acceptor acceptor, Limits limits, const std::stop_token& stop);

    /// Waits until fewer than limits.max_connections are open, then for the next connection.
    /// Returns nothing once the server is to stop. If the listening socket is broken, stops the
    /// server and throws system_error. Thread-safe.
    std::optional<Connection> accept();

private:
    friend class Connection;

    void stop();
    void cut_off_after_drain(const std::stop_token& closed);
    void recover_from(error_code accept_error);

    tcp::acceptor acceptor_;
    Limits limits_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::unordered_set<int> open_;
    bool stopping_ = false;
    std::stop_callback<std::function<void()>> on_stop_;
    std::jthread drain_;
};

}  // namespace cookbook::tcp_server
