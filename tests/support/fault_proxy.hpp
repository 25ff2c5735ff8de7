// A proxy between client and server that does to a connection what networks do.
//
//     FaultProxy proxy(executor, server, {.fault = Fault::reset, .after = 5});
//     tcp::socket client = co_await connect_to(proxy.endpoint());

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <cstddef>
#include <iosfwd>
#include <memory>
#include <string>

#include "common/async/asio.hpp"

namespace cookbook::testing {

enum class Fault {
    pass,               // nothing is wrong
    one_byte_segments,  // each byte is a segment of its own (TCP_NODELAY)
    delay,              // each piece waits before it goes on
    stall,              // after N bytes nothing goes on any more, and nothing is closed
    reset,              // after N bytes both ends see a reset (RST)
    half_close,  // after N bytes the receiver sees an end of file; the reverse way stays open
    cut          // after N bytes both ends see an end of file
};

/// The way the fault strikes, and its bytes are counted; the other way passes.
enum class Direction { to_server, to_client };

struct FaultPlan {
    Fault fault = Fault::pass;
    Direction direction = Direction::to_server;
    /// N of stall, reset, half_close and cut: exactly so many bytes of each connection go through.
    std::size_t after = 0;
    /// How long each piece waits, with Fault::delay; the clock of support/clock.hpp moves it.
    std::chrono::milliseconds delay{2};
};

/// "reset after 5 bytes to the server", "delay to the client".
std::string to_string(const FaultPlan& plan);
std::ostream& operator<<(std::ostream& out, const FaultPlan& plan);

/// Listens on 127.0.0.1, on a free port, and connects each client to the server, under the plan.
///
/// Runs on the executor given (one thread or strand), from construction to destruction, which
/// closes all its sockets; the coroutines end in the next turns of the loop. An end of file is
/// passed on as an end of file, a reset as a reset, a refused connection as a reset; but a way that
/// has stalled no longer sees what its sender does.
class FaultProxy {
public:
    using Endpoint = asio::generic::stream_protocol::endpoint;

    /// `server`: a tcp::endpoint or an asio::local::stream_protocol::endpoint.
    FaultProxy(asio::any_io_executor executor, const Endpoint& server, FaultPlan plan = {});
    ~FaultProxy();
    FaultProxy(FaultProxy&&) = default;
    FaultProxy& operator=(FaultProxy&&) = delete;

    /// Where clients connect.
    [[nodiscard]] tcp::endpoint endpoint() const;

    /// Bytes that went through, all connections together.
    [[nodiscard]] std::size_t forwarded(Direction direction) const;

    /// Connections accepted so far, and those still open.
    [[nodiscard]] std::size_t accepted() const;
    [[nodiscard]] std::size_t open() const;

    struct State;

private:
    std::shared_ptr<State> state_;
};

}  // namespace cookbook::testing
