#include "support/datagram_proxy.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <array>
#include <exception>
#include <list>
#include <map>
#include <random>
#include <utility>

namespace cookbook::testing {

namespace {

using asio::ip::udp;
using DatagramSocket = std::shared_ptr<udp::socket>;

constexpr std::size_t max_datagram = 65'535;

void rethrow_failure_of_proxy(const std::exception_ptr& failure) {
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace

// A front is where clients meet one port of the server; a back is whom the server takes for one
// client.
struct DatagramProxy::State {
    State(asio::any_io_executor executor_, DatagramPlan plan_)
        : executor(std::move(executor_)), plan(plan_), random(plan_.seed) {}

    DatagramSocket open() const {
        return std::make_shared<udp::socket>(executor,
                                             udp::endpoint(asio::ip::address_v4::loopback(), 0));
    }

    bool strikes(double probability) {
        return std::uniform_real_distribution<>(0, 1)(random) < probability;
    }

    asio::any_io_executor executor;
    DatagramPlan plan;
    std::mt19937_64 random;
    std::map<udp::endpoint, DatagramSocket> fronts;  // by port of the server
    std::map<udp::endpoint, DatagramSocket> backs;   // by client
    std::list<asio::steady_timer> delays;
    std::array<Counts, 2> counts{};
    bool closed = false;
};

namespace {

using State = DatagramProxy::State;
using StateOfProxy = std::shared_ptr<State>;

DatagramProxy::Counts& counts_of(State& state, Direction direction) {
    return state.counts.at(static_cast<std::size_t>(direction));
}

void send_on(State& state, Direction direction, udp::socket& from, const udp::endpoint& target,
             const std::string& data) {
    error_code lost;  // as any datagram may be
    from.send_to(asio::buffer(data), target, 0, lost);
    ++counts_of(state, direction).forwarded;
}

asio::awaitable<void> send_later(StateOfProxy state, Direction direction, DatagramSocket from,
                                 udp::endpoint target, std::string data,
                                 std::chrono::milliseconds time) {
    const auto timer = state->delays.emplace(state->delays.end(), state->executor, time);
    co_await timer->async_wait(use_nothrow);
    state->delays.erase(timer);
    if (!state->closed) {
        send_on(*state, direction, *from, target, data);
    }
}

// Sends it once, twice or not at all, now or later. Each decision takes one number, so that one
// datagram's fate does not depend on another's.
void pass_on(const StateOfProxy& state, Direction direction, const DatagramSocket& from,
             const udp::endpoint& target, const std::string& data) {
    DatagramProxy::Counts& counts = counts_of(*state, direction);
    const bool lost = state->strikes(state->plan.loss);
    const bool doubled = state->strikes(state->plan.doubled);
    const bool reordered = state->strikes(state->plan.reordered);
    ++counts.received;
    if (lost) {
        ++counts.lost;
        return;
    }
    counts.doubled += doubled ? 1U : 0U;
    counts.reordered += reordered ? 1U : 0U;
    const auto time = state->plan.delay + (reordered ? state->plan.hold : 0ms);
    for (int copies = doubled ? 2 : 1; copies > 0; --copies) {
        if (time == 0ms) {
            send_on(*state, direction, *from, target, data);
        } else {
            asio::co_spawn(state->executor, send_later(state, direction, from, target, data, time),
                           rethrow_failure_of_proxy);
        }
    }
}

// Calls `handle(data, sender)` for each datagram until the socket is closed.
template <typename Handle>
asio::awaitable<void> receive_all(DatagramSocket socket, Handle handle) {
    std::string buffer(max_datagram, '\0');
    for (;;) {
        udp::endpoint sender;
        const auto [error, n] =
            co_await socket->async_receive_from(asio::buffer(buffer), sender, use_nothrow);
        if (error) {
            co_return;
        }
        handle(buffer.substr(0, n), sender);
    }
}

DatagramSocket front_of(const StateOfProxy& state, const udp::endpoint& server);

// The socket by which the server knows the client.
DatagramSocket back_of(const StateOfProxy& state, const udp::endpoint& client) {
    DatagramSocket& back = state->backs[client];
    if (!back) {
        back = state->open();
        asio::co_spawn(
            state->executor,
            receive_all(back,
                        [state, client](const std::string& data, const udp::endpoint& server) {
                            pass_on(state, Direction::to_client, front_of(state, server), client,
                                    data);
                        }),
            rethrow_failure_of_proxy);
    }
    return back;
}

// The socket by which clients know that port of the server.
DatagramSocket front_of(const StateOfProxy& state, const udp::endpoint& server) {
    DatagramSocket& front = state->fronts[server];
    if (!front) {
        front = state->open();
        asio::co_spawn(
            state->executor,
            receive_all(front,
                        [state, server](const std::string& data, const udp::endpoint& client) {
                            pass_on(state, Direction::to_server, back_of(state, client), server,
                                    data);
                        }),
            rethrow_failure_of_proxy);
    }
    return front;
}

}  // namespace

std::string to_string(const DatagramPlan& plan) {
    const auto number = [](double value) {
        std::string text = std::to_string(value);
        text.erase(text.find_last_not_of('0') + 1);
        return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
    };
    return "loss " + number(plan.loss) + ", doubled " + number(plan.doubled) + ", reordered " +
           number(plan.reordered) + ", delay " + std::to_string(plan.delay.count()) + " ms, seed " +
           std::to_string(plan.seed);
}

DatagramProxy::DatagramProxy(asio::any_io_executor executor, const Endpoint& server,
                             DatagramPlan plan)
    : state_(std::make_shared<State>(std::move(executor), plan)),
      endpoint_(front_of(state_, server)->local_endpoint()) {}

DatagramProxy::~DatagramProxy() {
    state_->closed = true;
    error_code ignored;
    for (const auto* sockets : {&state_->fronts, &state_->backs}) {
        for (const auto& [endpoint, socket] : *sockets) {
            socket->close(ignored);
        }
    }
    for (asio::steady_timer& delay : state_->delays) {
        delay.cancel();
    }
}

void DatagramProxy::set_plan(DatagramPlan plan) {
    state_->plan = plan;
}

DatagramProxy::Counts DatagramProxy::counts(Direction direction) const {
    return counts_of(*state_, direction);
}

}  // namespace cookbook::testing
