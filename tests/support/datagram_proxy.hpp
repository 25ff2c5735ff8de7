// A proxy between clients and a server that does to datagrams what networks do: loses, doubles,
// delays and reorders them, as a seed has it.
//
//     DatagramProxy proxy(executor, server, {.loss = 0.2, .doubled = 0.1, .seed = 7});
//     client.connect(proxy.endpoint());

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/udp.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "common/async/asio.hpp"
#include "support/fault_proxy.hpp"

namespace cookbook::testing {

/// What happens to each datagram, either way: probabilities from 0 to 1, independent of each other.
struct DatagramPlan {
    double loss = 0;
    double doubled = 0;
    /// A reordered datagram is held back for `hold`, so that later ones overtake it.
    double reordered = 0;
    std::chrono::milliseconds hold{10};
    /// How long each datagram takes. This and `hold` go by the clock that support/clock.hpp moves.
    std::chrono::milliseconds delay{0};
    /// The same seed and the same datagrams in the same order: the same faults.
    std::uint64_t seed = 1;
};

/// "loss 0.2, doubled 0.1, reordered 0, delay 0 ms, seed 7".
std::string to_string(const DatagramPlan& plan);

/// Listens on 127.0.0.1, on a free port, and forwards what comes to the server, under the plan. A
/// client's datagrams reach the server from a port that is this client's own; what the server sends
/// there goes back to the client. If the server replies from another port, as TFTP's does for each
/// transfer, that port gets one of its own at the proxy: the client sees that the reply comes from
/// elsewhere, and what it sends there reaches the server's new port.
///
/// Runs on the executor given (one thread or strand), from construction to destruction, which
/// closes all its sockets; the coroutines end in the next turns of the loop.
class DatagramProxy {
public:
    using Endpoint = asio::ip::udp::endpoint;

    DatagramProxy(asio::any_io_executor executor, const Endpoint& server, DatagramPlan plan = {});
    ~DatagramProxy();
    DatagramProxy(const DatagramProxy&) = delete;
    DatagramProxy& operator=(const DatagramProxy&) = delete;

    /// Where clients send.
    [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

    /// From now on another plan; the seed goes on.
    void set_plan(DatagramPlan plan);

    /// Datagrams that came, and what became of them. A doubled one was forwarded twice.
    struct Counts {
        std::size_t received = 0;
        std::size_t lost = 0;
        std::size_t doubled = 0;
        std::size_t reordered = 0;
        std::size_t forwarded = 0;
    };
    [[nodiscard]] Counts counts(Direction direction) const;

    struct State;

private:
    std::shared_ptr<State> state_;
    Endpoint endpoint_;
};

}  // namespace cookbook::testing
