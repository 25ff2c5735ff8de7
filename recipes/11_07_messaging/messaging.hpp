// 11.7 Messages between processes
//
// Problem:  two programs, on one machine or on two, in Python or in C++, want to exchange whole
//           objects and to be sure of each other.
// Solution: the wire of Python's multiprocessing.connection: each message after its length; before
//           the first one, both sides prove that they know a key; and objects as pickles, by a
//           codec that runs nothing.
//
// Start with echo.cpp, then follow a message down: wire/connection.cpp moves bytes,
// wire/protocol.cpp knows lengths, wire/handshake.cpp challenges; pickle/machine.cpp makes objects
// of a pickle, pickle/calls.cpp refuses code in it, value/value.hpp is an object.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <optional>

#include "common/net/generic.hpp"
#include "common/net/secret.hpp"
#include "common/net/serve.hpp"
#include "wire/connection.hpp"

namespace cookbook::messaging {

/// Connects and authenticates; forgets the key then. Throws system_error, "connect ADDRESS: reason"
/// or "authenticate with ADDRESS: reason".
asio::awaitable<Connection> connect(Address address, SharedKey key, Options options = {});

/// A listening socket and the key that its peers must know. Python's Listener makes its callers
/// wait for one handshake after another, so one silent peer stops it for all; here they run side by
/// side, each under its limit.
class Listener {
public:
    /// Runs one authenticated connection to its end.
    using Handler = std::function<asio::awaitable<void>(Connection)>;

    /// Throws std::system_error, "listen on ADDRESS: reason".
    Listener(const asio::any_io_executor& executor, const Address& address, SharedKey key,
             Options options = {});
    /// `acceptor` listens already.
    Listener(StreamAcceptor acceptor, SharedKey key, Options options = {});

    /// Where it listens, with the port that the kernel has chosen.
    [[nodiscard]] const Address& address() const noexcept { return address_; }

    /// Serves as cookbook::serve() does, until the caller is cancelled; `limits.idle_timeout`
    /// becomes the connections' idle_timeout. Peers count as connections before they are
    /// authenticated too. Call it once.
    asio::awaitable<void> serve(Limits limits, Handler handler);

private:
    StreamAcceptor acceptor_;
    Address address_;
    std::optional<SocketFile> file_;
    SharedKey key_;
    Options options_;
};

}  // namespace cookbook::messaging
