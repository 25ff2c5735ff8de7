// Sockets and endpoints of any stream protocol: TCP or UNIX.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook {

/// The sockets and endpoints of tcp and of asio::local::stream_protocol convert to these.
using StreamSocket = asio::generic::stream_protocol::socket;
using StreamEndpoint = asio::generic::stream_protocol::endpoint;

/// The endpoint as one of TCP; the unspecified one, port 0, if it is none.
tcp::endpoint to_tcp(const StreamEndpoint& endpoint);

/// The endpoint as users write it.
Address to_address(const StreamEndpoint& endpoint);

}  // namespace cookbook
