// Servers that a benchmark starts on a port of its own.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <functional>
#include <stdexcept>

#include "support/server_process.hpp"

namespace cookbook::benchmarks {

/// A socket's address on loopback; with port 0, of a free port.
class Probe {
public:
    explicit Probe(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address_.sin_port = htons(port);
    }
    ~Probe() { ::close(descriptor_); }
    Probe(const Probe&) = delete;
    Probe& operator=(const Probe&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }
    bool connects() { return ::connect(descriptor_, address(), sizeof address_) == 0; }
    std::uint16_t free_port() {
        socklen_t size = sizeof address_;
        ::bind(descriptor_, address(), size);
        ::getsockname(descriptor_, address(), &size);
        return ntohs(address_.sin_port);
    }

private:
    sockaddr* address() { return reinterpret_cast<sockaddr*>(&address_); }

    int descriptor_;
    sockaddr_in address_{};
};

/// A server on a free port, which accepts connections, in a process of its own.
class ListeningServer {
public:
    /// `serve(port)` is called in the child. Throws runtime_error if it ends before it listens.
    explicit ListeningServer(const std::function<void(std::uint16_t port)>& serve)
        : port_(Probe(0).free_port()), process_([&] { serve(port_); }) {
        while (!Probe(port_).connects()) {
            if (!process_.is_running()) {
                throw std::runtime_error("not installed");
            }
            ::usleep(10'000);
        }
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const ServerProcess& process() const { return process_; }
    void end(int signal) { process_.end(signal); }

private:
    std::uint16_t port_;
    ServerProcess process_;
};

}  // namespace cookbook::benchmarks
