// The server has left.
#pragma once

#include <stdexcept>

namespace cookbook::rpc {

/// A client waits for a reply, and the connection has ended in an orderly way.
class ConnectionClosed : public std::runtime_error {
public:
    ConnectionClosed()
        : std::runtime_error("the server closed the connection instead of replying") {}
};

}  // namespace cookbook::rpc
