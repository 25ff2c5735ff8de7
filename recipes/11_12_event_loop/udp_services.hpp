// Three services over UDP: the time, an echo, and numbers that take long to compute.
#pragma once

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "11_03_udp_server/batch.hpp"
#include "handler.hpp"
#include "thread_pool.hpp"

namespace cookbook::event_loop {

using boost::asio::ip::udp;
using udp_server::Datagram;
using udp_server::Route;

/// The ports of one server's UDP services.
using OwnPorts = std::array<std::uint16_t, 3>;

/// A service on one socket. It knows no loop: whoever sees that the socket is readable calls
/// handle_receive(). Each reply leaves from the address that was asked.
class UdpService : public Handler {
public:
    /// Takes a socket of udp_server::open_socket(), and makes it non-blocking. Datagrams of more
    /// than `max_size` bytes are cut.
    UdpService(udp::socket socket, const OwnPorts& own, std::size_t max_size);

    [[nodiscard]] udp::socket& socket() { return socket_; }

    /// Receives what has come, a few datagrams at most, and answers it.
    void handle_receive() override;

protected:
    virtual void answer(const Datagram& request) = 0;
    /// Sends a reply. One that the socket does not take is lost, as any datagram may be.
    void reply(const Route& route, std::string_view data);

private:
    udp::socket socket_;
    OwnPorts own_;
    udp_server::ReceiveBatch requests_;
    udp_server::SendBatch batch_{1};
};

/// Answers whatever comes with the time, in the form of Python's time.ctime().
class TimeService final : public UdpService {
public:
    TimeService(udp::socket socket, const OwnPorts& own);

private:
    void answer(const Datagram& request) override;
};

/// Sends back what comes.
class UdpEcho final : public UdpService {
public:
    UdpEcho(udp::socket socket, const OwnPorts& own);

private:
    void answer(const Datagram& request) override;
};

/// Answers a number (fibonacci.hpp), which a worker computes meanwhile.
class FibonacciService final : public UdpService {
public:
    /// The pool's jobs refer to the service: it must outlive them.
    FibonacciService(udp::socket socket, const OwnPorts& own, ThreadPool& pool, std::int64_t max);

private:
    void answer(const Datagram& request) override;

    ThreadPool& pool_;
    std::int64_t max_;
};

}  // namespace cookbook::event_loop
