// Sockets, servers and datagrams as the tests of recipe 11.3 use them.
#pragma once

#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "11_03_udp_server/socket.hpp"
#include "11_03_udp_server/time_protocol.hpp"
#include "11_03_udp_server/udp_server.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/server_thread.hpp"

namespace cookbook::testing {

using asio::ip::udp;

inline const std::string id_one = "id=00112233aabbccdd";
inline const std::string id_two = "id=00112233aabbccde";
inline const std::string a_time = "Wed Aug 15 20:35:08 2012";

inline udp::endpoint endpoint(const std::string& host, std::uint16_t port) {
    return {asio::ip::make_address(host), port};
}

/// A socket of a peer, bound to an address; port 0: a free one.
inline udp::socket open_peer(const asio::any_io_executor& executor,
                             const std::string& host = "127.0.0.1", std::uint16_t port = 0) {
    return {executor, endpoint(host, port)};
}

/// A socket connected to the server, which gets nothing from any other address.
inline udp::socket connect_peer(const asio::any_io_executor& executor,
                                const udp::endpoint& server) {
    udp::socket socket(executor, server.protocol());
    socket.connect(server);
    return socket;
}

struct Arrival {
    std::string data;
    udp::endpoint from;
};

/// The next datagram, within the deadline of the case.
inline asio::awaitable<Arrival> receive_from(udp::socket& socket, std::string what) {
    const Waiting waiting(std::move(what));
    Arrival arrival{std::string(65'536, '\0'), {}};
    const std::size_t size =
        co_await socket.async_receive_from(asio::buffer(arrival.data), arrival.from, use_awaitable);
    arrival.data.resize(size);
    co_return arrival;
}

inline asio::awaitable<std::string> receive(udp::socket& socket, std::string what) {
    Arrival arrival = co_await receive_from(socket, std::move(what));
    co_return std::move(arrival.data);
}

/// Whether a datagram is there, perhaps an empty one.
inline bool has_arrived(udp::socket& socket) {
    error_code error;
    std::array<char, 1> byte{};
    socket.non_blocking(true);
    socket.receive(asio::buffer(byte), udp::socket::message_peek, error);
    return error != asio::error::would_block;
}

/// A server of one style, on threads of its own.
class UdpServer : public ServerThread<udp_server::Counts> {
public:
    UdpServer(const udp_server::Style& style, udp_server::Options options,
              const HostPort& address = {}) {
        if (options.drain_timeout == udp_server::Options{}.drain_timeout) {
            options.drain_timeout = 200ms;
        }
        udp::socket socket = udp_server::open_socket(executor(), address);
        port_ = socket.local_endpoint().port();
        socket_ = ::dup(socket.native_handle());
        start(style.serve, std::move(socket), options);
    }
    ~UdpServer() { ::close(socket_); }
    UdpServer(const UdpServer&) = delete;
    UdpServer& operator=(const UdpServer&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] udp::endpoint at(const std::string& host = "127.0.0.1") const {
        return endpoint(host, port_);
    }

    /// Returns when it has received all that was sent to it; empty datagrams are not seen.
    [[nodiscard]] asio::awaitable<void> receives_all() const {
        const Waiting waiting("the server to receive what was sent to it");
        for (int size = 1; size > 0; co_await pass(1ms)) {
            ::ioctl(socket_, FIONREAD, &size);
        }
    }

private:
    std::uint16_t port_;
    int socket_;  // the same socket once more
};

}  // namespace cookbook::testing
