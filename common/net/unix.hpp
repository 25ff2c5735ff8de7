// Listening on UNIX sockets and connecting to them.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook {

/// Opens a socket that listens at `address`, mode 0600. A socket file that a dead server has left
/// is replaced; one that is served, and any other file, is not. Throws std::system_error,
/// "listen on unix:PATH: reason".
asio::local::stream_protocol::acceptor listen(const asio::any_io_executor& executor,
                                              const UnixAddress& address);

/// Removes a listening socket's file when the server ends, unless another server has put its own
/// in its place.
class SocketFile {
public:
    /// The file as it is now. None for an abstract address.
    explicit SocketFile(const UnixAddress& address);
    SocketFile(SocketFile&& other) noexcept;
    SocketFile& operator=(SocketFile&&) = delete;
    ~SocketFile();

private:
    std::string path_;
    int file_ = -1;  // keeps the file's inode from being given to its successor
};

/// Connects. Throws std::system_error, "connect unix:PATH: reason".
asio::awaitable<asio::local::stream_protocol::socket> connect(UnixAddress address);

}  // namespace cookbook
