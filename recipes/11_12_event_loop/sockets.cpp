#include "sockets.hpp"

#include "11_03_udp_server/socket.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::event_loop {

Sockets open_sockets(const asio::any_io_executor& executor, const Ports& ports) {
    using udp_server::open_socket;
    return {.echo = listen(executor, {ports.host, ports.echo}),
            .time = open_socket(executor, {ports.host, ports.time}),
            .udp_echo = open_socket(executor, {ports.host, ports.udp_echo}),
            .fibonacci = open_socket(executor, {ports.host, ports.fibonacci})};
}

Ports ports_of(const Sockets& sockets) {
    const tcp::endpoint echo = sockets.echo.local_endpoint();
    return {.host = echo.address().to_string(),
            .echo = echo.port(),
            .time = sockets.time.local_endpoint().port(),
            .udp_echo = sockets.udp_echo.local_endpoint().port(),
            .fibonacci = sockets.fibonacci.local_endpoint().port()};
}

}  // namespace cookbook::event_loop
