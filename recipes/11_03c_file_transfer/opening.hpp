// How a client begins: it asks a server, and hears from which port the transfer goes on.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <string>

#include "channel.hpp"
#include "client.hpp"
#include "common/async/asio.hpp"
#include "tftp.hpp"
#include "window.hpp"

namespace cookbook::file_transfer {

/// The reply to a request, and who has sent it to which socket.
struct Opening {
    udp::socket socket;
    udp::endpoint peer;  // the server's port for this transfer
    std::string reply;
    RetransmissionTimeout timeout;  // with the round trip that the reply has measured
};

/// The request, with the options that are asked for. Throws Failure if the name is too long.
Request make_request(const ClientSettings& settings, bool write, std::string name,
                     std::uint64_t size);

/// Sends the request again and again, each time later, until the server replies: from any port, but
/// from its address. If the host has several addresses, goes on to the next one if nobody listens
/// at one. Throws Failure, and std::system_error (connection_refused if nobody listens at all).
asio::awaitable<Opening> open_transfer(ClientSettings settings, Request request);

/// What holds after a reply without options (DATA 1, ACK 0) or with some. Throws Failure if the
/// server grants more than it was asked for.
Terms agree(const ClientSettings& settings, const Request& request, const Opening& opening);

}  // namespace cookbook::file_transfer
