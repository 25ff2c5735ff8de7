#include "router.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <map>
#include <string_view>
#include <system_error>
#include <utility>

#include "11_08_rpc/session/session.hpp"
#include "common/async/task_group.hpp"
#include "common/net/address.hpp"

namespace cookbook::rpc {
namespace {

/// Messages that are read before those that have come are served.
constexpr int max_in_a_row = 64;

constexpr auto max_linger = 1s;

int milliseconds(asio::steady_timer::duration duration) {
    constexpr asio::steady_timer::duration max = std::chrono::hours(24);
    return static_cast<int>(
        std::chrono::ceil<std::chrono::milliseconds>(std::min(duration, max)).count());
}

/// [identity, empty, message].
bool is_request(const Frames& frames) {
    return frames.size() == 3 && frames[1].empty();
}

class Server {
public:
    Server(ZmqSocket& socket, RouterOptions options, Limits limits,
           std::shared_ptr<const RpcHandler> handler)
        : socket_(socket),
          options_(options),
          limits_(limits),
          handler_(std::move(handler)),
          sessions_(socket.get_executor()),
          place_(socket.get_executor(), asio::steady_timer::time_point::max()) {}

    asio::awaitable<void> run();

private:
    void deliver(const std::string& identity, zmq::message_t message);
    asio::awaitable<void> serve_peer(PeerChannel& peer);
    asio::awaitable<void> wait_for_place(std::string identity);

    ZmqSocket& socket_;
    RouterOptions options_;
    Limits limits_;
    std::shared_ptr<const RpcHandler> handler_;
    std::map<std::string, PeerChannel> peers_;  // those that have messages or calls
    TaskGroup sessions_;
    asio::steady_timer place_;  // cancelled when there is one for a new peer
};

asio::awaitable<void> Server::run() {
    co_await this_coro::throw_if_cancelled(false);  // a cancellation is how a server ends
    for (int in_a_row = 1;; ++in_a_row) {
        std::optional<Frames> frames = co_await socket_.receive();
        if (!frames) {
            break;
        }
        if (is_request(*frames)) {
            const std::string identity = (*frames)[0].to_string();
            co_await wait_for_place(identity);
            deliver(identity, std::move((*frames)[2]));
        } else {
            spdlog::warn("dropped a message: its frames are not [empty, call]");
        }
        if (in_a_row % max_in_a_row == 0) {
            co_await asio::post(use_awaitable);
        }
    }
    co_await sessions_.drain(limits_.drain_timeout);
}

void Server::deliver(const std::string& identity, zmq::message_t message) {
    const PeerLimits limits{.max_bytes = options_.max_message,
                            .send_timeout = options_.send_timeout};
    const auto [place, is_new] = peers_.try_emplace(identity, socket_, identity, limits);
    PeerChannel& peer = place->second;
    peer.deliver(std::move(message));
    if (is_new) {
        sessions_.spawn(serve_peer(peer));
    }
}

asio::awaitable<void> Server::serve_peer(PeerChannel& peer) {
    // The order to finish lets calls end: a total cancellation says so.
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    const SessionOptions options{
        .max_calls = options_.max_calls, .idle_timeout = 0s, .carrier = Carrier::zmq};
    asio::cancellation_type end = asio::cancellation_type::none;
    do {
        co_await log_failure(serve_calls(peer, handler_, options));
        end = (co_await this_coro::cancellation_state).cancelled();
    } while (peer.has_message() && end != asio::cancellation_type::terminal);
    peers_.erase(std::string(peer.identity()));
    place_.cancel();
}

/// Waits until the peer may have calls. Backpressure: ZeroMQ's own queues fill, and then the
/// peers'.
asio::awaitable<void> Server::wait_for_place(std::string identity) {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (!peers_.contains(identity) && peers_.size() >= limits_.max_connections &&
           cancellation.cancelled() == asio::cancellation_type::none) {
        co_await place_.async_wait(use_nothrow);
    }
}

}  // namespace

Router::Router(const asio::any_io_executor& executor, HostPort address, RouterOptions options)
    : options_(options), socket_(executor, zmq::socket_type::router), address_(std::move(address)) {
    zmq::socket_t& socket = socket_.socket();
    const int max_queued = static_cast<int>(options.max_calls);
    socket.set(zmq::sockopt::router_mandatory, true);  // or replies would be lost without a word
    socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(options.max_message));
    socket.set(zmq::sockopt::rcvhwm, max_queued);
    socket.set(zmq::sockopt::sndhwm, max_queued);
    socket.set(zmq::sockopt::handshake_ivl, milliseconds(options.handshake_timeout));
    socket.set(zmq::sockopt::heartbeat_ivl, milliseconds(options.send_timeout));
    socket.set(zmq::sockopt::linger, milliseconds(max_linger));
    socket.set(zmq::sockopt::ipv6, true);
    try {
        socket.bind("tcp://" + to_string(address_));  // port 0: any
    } catch (const zmq::error_t& error) {
        throw std::system_error(error.num(), std::generic_category(),
                                "listen on " + to_string(address_));
    }
    const std::string bound = socket.get(zmq::sockopt::last_endpoint);
    address_.port = static_cast<std::uint16_t>(std::stoi(bound.substr(bound.rfind(':') + 1)));
}

asio::awaitable<void> Router::serve(Limits limits, std::shared_ptr<const RpcHandler> handler) {
    Server server(socket_, options_, limits, std::move(handler));
    co_await server.run();
}

}  // namespace cookbook::rpc
