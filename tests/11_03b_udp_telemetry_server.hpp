// A server as the tests of recipe 11.3b start, ask and stop it.
#pragma once

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <string>
#include <utility>

#include "11_03_udp_server_datagrams.hpp"
#include "11_03b_udp_telemetry/udp_telemetry.hpp"
#include "common/async/task_group.hpp"

namespace cookbook::testing {

/// A server on the case's own loop. stop() and join() it before it dies.
class TelemetryServer {
public:
    TelemetryServer(const asio::any_io_executor& executor, udp_telemetry::Options options = {},
                    const HostPort& address = {})
        : TelemetryServer(udp_server::open_socket(executor, address), std::move(options)) {}

    TelemetryServer(udp::socket socket, udp_telemetry::Options options)
        : group_(socket.get_executor()), port_(socket.local_endpoint().port()) {
        group_.spawn(run(std::move(socket), std::move(options)));
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] udp::endpoint at(const std::string& host = "127.0.0.1") const {
        return endpoint(host, port_);
    }
    void stop() { group_.cancel(); }
    asio::awaitable<udp_telemetry::Statistics> join() {
        co_await group_.join();
        co_return statistics_;
    }

private:
    asio::awaitable<void> run(udp::socket socket, udp_telemetry::Options options) {
        statistics_ = co_await udp_telemetry::serve(std::move(socket), std::move(options));
    }

    TaskGroup group_;
    std::uint16_t port_;
    udp_telemetry::Statistics statistics_;
};

/// The reply to a datagram of the peer.
inline asio::awaitable<std::string> reply_to(udp::socket& peer, udp::endpoint server,
                                             std::string datagram) {
    peer.send_to(asio::buffer(datagram), server);
    co_return co_await receive(peer, "a reply to " + in_quotes(datagram));
}

/// A number of what STATS says.
inline std::uint64_t figure(const std::string& statistics, const std::string& name) {
    const std::string key = '"' + name + "\": ";
    return std::stoull(statistics.substr(statistics.find(key) + key.size()));
}

}  // namespace cookbook::testing
