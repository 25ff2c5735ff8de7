// A restart without a gap: a new server takes the listening sockets over from the old one.
#pragma once

#include <array>

#include "11_07_messaging/wire/connection.hpp"
#include "common/async/asio.hpp"
#include "common/net/generic.hpp"
#include "common/net/secret.hpp"
#include "common/net/unix.hpp"
#include "socket_connection.hpp"

namespace cookbook::fd_passing {

/// The sockets of a server: where clients connect, and where workers do.
struct Listening {
    tcp::acceptor clients;
    StreamAcceptor workers;
};

/// Where a successor may ask for the sockets, and the file of that.
struct Control {
    StreamAcceptor acceptor;
    SocketFile file;
};

/// What both sides must agree on.
struct Trust {
    SharedKey key;
    messaging::Options messaging;
};

/// The old server's part: hands both sockets, clients' and workers', over to a successor that has
/// connected. True if that is ready to serve: then, and not before, the old one may stop accepting.
/// Until then, and if it is false, nothing has changed for the old server. Throws system_error.
asio::awaitable<bool> hand_over(StreamSocket successor, std::array<int, 2> listening, Trust trust);

/// The new server's part.
class Predecessor {
public:
    /// Connects and asks for the sockets. Throws std::system_error, "connect unix:PATH: reason" or
    /// "take over unix:PATH: reason", and std::runtime_error if it sends anything else.
    static asio::awaitable<Predecessor> find(UnixAddress control, Trust trust);

    /// Its sockets; call it once.
    Listening take_sockets() { return std::move(listening_); }

    /// Lets it go. If it is gone already, nothing is lost.
    asio::awaitable<void> dismiss();

private:
    Predecessor(Listening listening, SocketConnection connection)
        : listening_(std::move(listening)), connection_(std::move(connection)) {}

    Listening listening_;
    SocketConnection connection_;
};

/// Listens beside `path`, where the predecessor listens still. Throws std::system_error.
Control listen_beside(const asio::any_io_executor& executor, const UnixAddress& path);

/// Renames what listens beside `path` over it, so that at every moment somebody listens there.
/// Throws std::system_error.
Control take_place(Control control, const UnixAddress& path);

}  // namespace cookbook::fd_passing
