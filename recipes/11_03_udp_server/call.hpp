// Asking over UDP: a datagram or its reply may get lost, so a client asks again.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook::udp_server {

using boost::asio::ip::udp;

struct Retries {
    /// How long to wait for a reply to the first attempt; each further one waits twice as long.
    asio::steady_timer::duration timeout = 500ms;
    /// How often to send the request.
    std::size_t attempts = 4;
    /// Each attempt comes from a port of its own. That is how replies are told from each other if
    /// the protocol has nothing better.
    bool new_port = false;
};

/// A client of one server, with a connected socket: the kernel passes nothing on to it but what the
/// server's address sends, and reports that nobody listens there (ICMP, "Connection refused").
class Caller {
public:
    /// Says whether a datagram is the reply. It may be a late or doubled reply to another request,
    /// or anything that somebody sends who forges the server's address.
    using IsReply = std::function<bool(std::string_view)>;

    explicit Caller(HostPort server, Retries retries = {});

    /// Sends the request and returns its reply. Datagrams that are not are ignored. If none comes,
    /// or a refusal, sends the request again: the server may be restarting. If the host has several
    /// addresses, an attempt goes to the first of them that does not refuse.
    ///
    /// Throws runtime_error, "call HOST:PORT: no reply after N attempts", or std::system_error,
    /// "call HOST:PORT: reason", if the last attempt failed for another reason. One call at a time.
    asio::awaitable<std::string> call(std::string request, IsReply is_reply);

private:
    asio::awaitable<void> open();
    asio::awaitable<error_code> attempt(const std::string& request, const IsReply& is_reply,
                                        asio::steady_timer::duration wait, std::string& reply);
    [[noreturn]] void fail(error_code last) const;

    HostPort server_;
    Retries retries_;
    std::vector<udp::socket> sockets_;  // for each of the server's addresses
};

}  // namespace cookbook::udp_server
