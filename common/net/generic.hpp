// Stream sockets that are TCP or UNIX, as their address says.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"
#include "common/net/endpoint.hpp"
#include "common/net/tcp.hpp"
#include "common/net/unix.hpp"

namespace cookbook {

/// tcp::acceptor and asio::local::stream_protocol::acceptor convert to it.
using StreamAcceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

/// Listens as the functions of tcp.hpp and unix.hpp do, and throws as they do.
StreamAcceptor listen(const asio::any_io_executor& executor, const Address& address);

/// Where `acceptor` listens, with the port that the kernel has chosen.
Address local_address(const StreamAcceptor& acceptor);

/// Connects as the functions of tcp.hpp and unix.hpp do, and throws as they do.
asio::awaitable<StreamSocket> connect(Address address);

}  // namespace cookbook
