// Listening on UNIX sockets and connecting to them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook {

/// Opens a socket that listens on `address`, mode 0600. Replaces the socket file of a dead server,
/// but no file of another kind and none that is served. Throws std::system_error,
/// "listen on unix:PATH: reason".
asio::local::stream_protocol::acceptor listen(const asio::any_io_executor& executor,
                                              const UnixAddress& address);

/// The file of a listening UNIX socket. The destructor removes it, unless another server has put
/// its own in its place.
class SocketFile {
public:
    /// The file that listen() has made. None if the address is abstract, or TCP.
    explicit SocketFile(const Address& address);
    SocketFile(SocketFile&& other) noexcept;
    SocketFile& operator=(SocketFile&&) = delete;
    ~SocketFile();

    /// Gives the file up: it stays, for a successor that goes on listening.
    void release() noexcept;

private:
    std::string path_;
    int file_ = -1;  // keeps the file's inode from being given to its successor
};

/// Connects. Throws std::system_error, "connect unix:PATH: reason".
asio::awaitable<asio::local::stream_protocol::socket> connect(UnixAddress address);

}  // namespace cookbook
