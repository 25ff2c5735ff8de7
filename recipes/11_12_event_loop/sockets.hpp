// Where a server listens.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <string>

#include "services.hpp"

namespace cookbook::event_loop {

/// One address, and the ports of the services there; 0 takes a free one.
struct Ports {
    std::string host = "127.0.0.1";
    std::uint16_t echo = 0;
    std::uint16_t time = 0;
    std::uint16_t udp_echo = 0;
    std::uint16_t fibonacci = 0;
};

/// Opens them all. Throws std::system_error, "listen on HOST:PORT: reason".
Sockets open_sockets(const asio::any_io_executor& executor, const Ports& ports);

/// The ports that they have.
Ports ports_of(const Sockets& sockets);

}  // namespace cookbook::event_loop
