// Accepting connections from those who know the key.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <functional>
#include <optional>
#include <string>

#include "common/net/serve.hpp"
#include "connection.hpp"

namespace cookbook::messaging {

/// A listening socket and the key that its peers must know. Python's Listener makes its callers
/// wait for one handshake after another, so one silent peer stops it for all; here they run side by
/// side, each under its limit.
class Listener {
public:
    /// Runs one authenticated connection to its end.
    using Handler = std::function<asio::awaitable<void>(Connection)>;

    /// Throws std::system_error, "listen on ADDRESS: reason".
    Listener(const asio::any_io_executor& executor, const HostPort& address, SharedKey key,
             Options options = {});
    /// Listens already.
    Listener(tcp::acceptor acceptor, SharedKey key, Options options = {});
    Listener(const asio::any_io_executor& executor, const UnixAddress& address, SharedKey key,
             Options options = {});

    /// "127.0.0.1:25000", "unix:/run/x".
    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    /// Serves as cookbook::serve() does, until the caller is cancelled; `limits.idle_timeout`
    /// becomes the connections' idle_timeout. Peers count as connections before they are
    /// authenticated too. Once.
    asio::awaitable<void> serve(Limits limits, Handler handler);

private:
    std::string address_;
    asio::basic_socket_acceptor<asio::generic::stream_protocol> acceptor_;
    std::optional<SocketFile> file_;
    SharedKey key_;
    Options options_;
};

}  // namespace cookbook::messaging
