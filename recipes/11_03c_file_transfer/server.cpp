#include "server.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/ip/v6_only.hpp>
#include <exception>
#include <optional>
#include <set>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "11_03_udp_server/batch.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "common/net/address.hpp"
#include "common/net/serve.hpp"
#include "common/net/utf8.hpp"
#include "failure.hpp"
#include "request_handler.hpp"
#include "transfer.hpp"

namespace cookbook::file_transfer {
namespace {

constexpr std::size_t max_requests_at_once = 64;

struct Server {
    Server(udp::socket bound, const RootFolder& folder, const Options& with)
        : socket(std::move(bound)),
          shared{.root = folder, .options = with},
          transfers(socket.get_executor()) {
        socket.non_blocking(true);
    }

    udp::socket socket;
    Shared shared;
    udp_server::ReceiveBatch requests{max_requests_at_once, max_request + 1};
    udp_server::SendBatch refusals{1};
    std::set<udp::endpoint> sources;  // of the transfers that run
    TaskGroup transfers;
    bool stopping = false;
};

/// Counts a transfer as long as it lives.
class Counted {
public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    std::size_t& count_;
};

/// One transfer, from its request to its end.
asio::awaitable<void> transfer(Server& server, udp::socket socket, udp::endpoint peer,
                               Request request) {
    Channel channel(std::move(socket), peer, server.shared.buffers);
    std::optional<Receiver> receiver;
    try {
        receiver = co_await handle_request(server.shared, channel, request);
    } catch (const std::exception& failure) {
        report(channel, failure);
        spdlog::warn("{} {} {}: {}", to_string(peer), request.write ? "put" : "get",
                     printable(request.name), reason_of(failure));
    }
    server.sources.erase(peer);  // it may ask for something else
    // As many may dally as may run, and as many again that are to be brief about it.
    if (receiver && !server.stopping &&
        server.shared.dallying / 2 < server.shared.options.max_transfers) {
        const Counted counted(server.shared.dallying);
        co_await log_failure(dally(channel, *receiver));
    }
}

/// One of our own addresses as a socket has it that reaches the peer: of an IPv6 socket, IPv4
/// addresses are ::ffff:a.b.c.d, and link-local ones need an interface, which is the peer's.
asio::ip::address to_family_of(const asio::ip::address& peer, const asio::ip::address& own) {
    if (peer.is_v4()) {
        return own;
    }
    if (own.is_v4()) {
        return asio::ip::make_address_v6(asio::ip::v4_mapped, own.to_v4());
    }
    return asio::ip::address_v6(own.to_v6().to_bytes(), peer.to_v6().scope_id());
}

/// A socket on the address that was asked, with a port of its own: that, and the peer's, are how
/// both know the transfer (RFC 1350, 4).
udp::socket open_socket_for(const udp_server::Route& route, const asio::any_io_executor& executor) {
    udp::socket socket(executor, route.peer.protocol());
    udp::endpoint own(route.peer.protocol(), 0);
    if (!route.local.is_unspecified()) {
        own.address(to_family_of(route.peer.address(), route.local));
    }
    if (own.address().is_v6()) {
        socket.set_option(asio::ip::v6_only(false));  // the peer may be an IPv4 one
    }
    socket.bind(own);
    return socket;
}

void refuse(Server& server, const udp_server::Datagram& datagram, const Error& error) {
    const std::string packet = encode(error);
    server.refusals.add(datagram.route, packet);
    server.refusals.send(server.socket);
}

void start_transfer(Server& server, const udp_server::Datagram& datagram, Request request) {
    const udp::endpoint& peer = datagram.route.peer;
    if (server.sources.contains(peer)) {
        return;  // the same request once more: its transfer sends again what is missing
    }
    if (server.sources.size() >= server.shared.options.max_transfers) {
        refuse(server, datagram, {ErrorCode::undefined, "busy, try again later"});
        return;
    }
    try {
        udp::socket socket = open_socket_for(datagram.route, server.socket.get_executor());
        server.sources.insert(peer);
        server.transfers.spawn(transfer(server, std::move(socket), peer, std::move(request)));
    } catch (const boost::system::system_error& failure) {  // no descriptor, say
        refuse(server, datagram, {ErrorCode::undefined, "busy, try again later"});
        spdlog::warn("{}: {}", to_string(peer), describe(failure));
    }
}

void handle_datagram(Server& server, const udp_server::Datagram& datagram) {
    // Of a broadcast, all servers of a network would begin transfers (RFC 1123, 4.2.3.5).
    if (!datagram.unicast || !is_tftp(datagram.data)) {
        return;
    }
    Packet packet = parse(datagram.data);
    if (auto* request = std::get_if<Request>(&packet)) {
        start_transfer(server, datagram, std::move(*request));
    } else if (const auto* malformed = std::get_if<Malformed>(&packet)) {
        refuse(server, datagram, malformed->reply);
    } else if (!std::holds_alternative<Error>(packet)) {
        refuse(server, datagram, {ErrorCode::unknown_transfer, "unknown transfer"});
    }
}

/// Takes requests until it is cancelled.
asio::awaitable<void> take_requests(Server& server) {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (cancellation.cancelled() == asio::cancellation_type::none) {
        const auto [error] = co_await server.socket.async_wait(udp::socket::wait_read, use_nothrow);
        if (error && error != asio::error::operation_aborted) {
            throw std::system_error(error, "wait for requests");
        }
        if (!error) {
            for (const udp_server::Datagram& datagram : server.requests.receive(server.socket)) {
                handle_datagram(server, datagram);
            }
        }
    }
}

}  // namespace

asio::awaitable<void> serve(udp::socket socket, const RootFolder& root, Options options) {
    co_await this_coro::throw_if_cancelled(false);  // a cancellation is how a server ends
    Server server(std::move(socket), root, options);
    std::exception_ptr failure;
    try {
        co_await take_requests(server);
    } catch (...) {
        failure = std::current_exception();
    }
    server.stopping = true;
    server.socket.close();
    co_await server.transfers.drain(options.drain_timeout);
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace cookbook::file_transfer
