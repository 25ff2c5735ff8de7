#include "support/fault_proxy.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/socket_base.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <limits>
#include <ostream>
#include <utility>
#include <vector>

#include "support/clock.hpp"

namespace cookbook::testing {

namespace {

using Socket = asio::generic::stream_protocol::socket;

constexpr std::size_t most_at_once = 65536;

// Two sockets, and the timer of a delay.
struct Connection {
    Connection(Socket client_, const asio::any_io_executor& executor)
        : client(std::move(client_)), server(executor), delay(executor) {}

    Socket& source(Direction direction) {
        return direction == Direction::to_server ? client : server;
    }
    Socket& target(Direction direction) {
        return direction == Direction::to_server ? server : client;
    }

    void close() {
        error_code ignored;  // it is over, whatever closing says
        client.close(ignored);
        server.close(ignored);
        delay.cancel();
    }

    void reset() {
        error_code ignored;
        client.set_option(asio::socket_base::linger(true, 0), ignored);
        server.set_option(asio::socket_base::linger(true, 0), ignored);
        close();
    }

    Socket client;
    Socket server;
    asio::steady_timer delay;
    int ways_open = 2;
    bool cut = false;
};

void shut_down(Socket& socket) {
    error_code ignored;  // the peer may have gone already
    socket.shutdown(Socket::shutdown_send, ignored);
}

void rethrow(const std::exception_ptr& failure) {
    if (failure) {
        std::rethrow_exception(failure);
    }
}

bool strikes_after_bytes(Fault fault) {
    return fault == Fault::stall || fault == Fault::reset || fault == Fault::half_close ||
           fault == Fault::cut;
}

}  // namespace

struct FaultProxy::State {
    State(const asio::any_io_executor& executor, Endpoint server_, FaultPlan plan_)
        : acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
          server(std::move(server_)),
          plan(plan_) {}

    tcp::acceptor acceptor;
    Endpoint server;
    FaultPlan plan;
    std::vector<std::shared_ptr<Connection>> connections;
    std::array<std::size_t, 2> forwarded{};
    std::size_t accepted = 0;
    bool closed = false;
};

namespace {

using StatePointer = std::shared_ptr<FaultProxy::State>;
using ConnectionPointer = std::shared_ptr<Connection>;

// Swallows what still comes, so that closing the socket sends a FIN and not a reset (RFC 1122,
// 4.2.2.13).
asio::awaitable<void> swallow(Socket& source) {
    std::array<char, 4096> buffer{};
    for (;;) {
        const auto [error, n] = co_await source.async_read_some(asio::buffer(buffer), use_nothrow);
        if (error) {
            co_return;
        }
    }
}

// Writes `data` as the plan says. Returns write's error.
asio::awaitable<error_code> forward(StatePointer state, ConnectionPointer connection,
                                    Direction direction, asio::const_buffer data, Fault fault) {
    if (fault == Fault::delay) {
        connection->delay.expires_after(state->plan.delay);
        co_await connection->delay.async_wait(use_nothrow);
    }
    const std::size_t piece = fault == Fault::one_byte_segments ? 1 : data.size();
    for (; data.size() != 0; data += piece) {
        const auto [error, n] = co_await asio::async_write(connection->target(direction),
                                                           asio::buffer(data, piece), use_nothrow);
        state->forwarded[static_cast<std::size_t>(direction)] += n;
        if (error) {
            co_return error;
        }
        // A receiver on this loop takes the byte before the next one follows.
        if (fault == Fault::one_byte_segments) {
            co_await settle(0ms);
        }
    }
    co_return error_code();
}

// Does the fault that the plan has for the N bytes' end.
asio::awaitable<void> strike(StatePointer state, ConnectionPointer connection,
                             Direction direction) {
    switch (state->plan.fault) {
        case Fault::reset:
            connection->reset();
            co_return;
        case Fault::cut:
            connection->cut = true;
            shut_down(connection->source(direction));
            [[fallthrough]];
        case Fault::half_close:
            shut_down(connection->target(direction));
            co_await swallow(connection->source(direction));
            co_return;
        default:  // stall: until the proxy or the other way closes the connection
            if (!connection->client.is_open()) {
                co_return;
            }
            connection->delay.expires_at(asio::steady_timer::time_point::max());
            co_await connection->delay.async_wait(use_nothrow);
    }
}

// Carries bytes one way until the way ends.
asio::awaitable<void> carry(StatePointer state, ConnectionPointer connection, Direction direction) {
    const Fault fault = direction == state->plan.direction ? state->plan.fault : Fault::pass;
    std::size_t left =
        strikes_after_bytes(fault) ? state->plan.after : std::numeric_limits<std::size_t>::max();
    std::vector<char> buffer(most_at_once);
    while (left != 0) {
        const auto [read_error, n] = co_await connection->source(direction).async_read_some(
            asio::buffer(buffer, std::min(left, buffer.size())), use_nothrow);
        if (read_error == asio::error::eof) {
            shut_down(connection->target(direction));
            co_return;
        }
        if (read_error) {
            co_return connection->reset();
        }
        const error_code write_error =
            co_await forward(state, connection, direction, asio::buffer(buffer, n), fault);
        if (write_error && connection->cut) {
            co_return co_await swallow(connection->source(direction));
        }
        if (write_error) {
            co_return connection->reset();
        }
        left -= n;
    }
    co_await strike(state, connection, direction);
}

asio::awaitable<void> carry_and_close(StatePointer state, ConnectionPointer connection,
                                      Direction direction) {
    co_await carry(state, connection, direction);
    if (--connection->ways_open != 0 && connection->client.is_open()) {
        co_return;
    }
    connection->close();
    std::erase(state->connections, connection);
}

asio::awaitable<void> handle(StatePointer state, ConnectionPointer connection) {
    const auto [connect_error] =
        co_await connection->server.async_connect(state->server, use_nothrow);
    if (connect_error) {
        connection->reset();
        std::erase(state->connections, connection);
        co_return;
    }
    error_code ignored;  // a UNIX socket has no such option
    connection->server.set_option(tcp::no_delay(true), ignored);
    const auto executor = co_await asio::this_coro::executor;
    asio::co_spawn(executor, carry_and_close(state, connection, Direction::to_client), rethrow);
    co_await carry_and_close(state, connection, Direction::to_server);
}

asio::awaitable<void> accept(StatePointer state) {
    const auto executor = co_await asio::this_coro::executor;
    while (!state->closed) {
        auto [accept_error, client] = co_await state->acceptor.async_accept(use_nothrow);
        if (accept_error) {
            co_return;
        }
        error_code ignored;  // the client may have gone already
        client.set_option(tcp::no_delay(true), ignored);
        ++state->accepted;
        auto connection = std::make_shared<Connection>(Socket(std::move(client)), executor);
        state->connections.push_back(connection);
        asio::co_spawn(executor, handle(state, connection), rethrow);
    }
}

}  // namespace

std::string to_string(const FaultPlan& plan) {
    constexpr std::array names = {"pass",  "one byte a segment", "delay", "stall",
                                  "reset", "half-close",         "cut"};
    std::string text = names.at(static_cast<std::size_t>(plan.fault));
    if (strikes_after_bytes(plan.fault)) {
        text += " after " + std::to_string(plan.after) + " bytes";
    }
    return text + (plan.direction == Direction::to_server ? " to the server" : " to the client");
}

std::ostream& operator<<(std::ostream& out, const FaultPlan& plan) {
    return out << to_string(plan);
}

FaultProxy::FaultProxy(asio::any_io_executor executor, const Endpoint& server, FaultPlan plan)
    : state_(std::make_shared<State>(executor, server, plan)) {
    asio::co_spawn(executor, accept(state_), rethrow);
}

FaultProxy::~FaultProxy() {
    if (!state_) {
        return;  // moved from
    }
    state_->closed = true;
    error_code ignored;
    state_->acceptor.close(ignored);
    for (const auto& connection : state_->connections) {
        connection->close();
    }
}

tcp::endpoint FaultProxy::endpoint() const {
    return state_->acceptor.local_endpoint();
}

std::size_t FaultProxy::forwarded(Direction direction) const {
    return state_->forwarded[static_cast<std::size_t>(direction)];
}

std::size_t FaultProxy::accepted() const {
    return state_->accepted;
}

std::size_t FaultProxy::open() const {
    return state_->connections.size();
}

}  // namespace cookbook::testing
