// A web server for benchmarks of clients: it responds to each request in the same way, whatever
// that is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>

#include "common/async/asio.hpp"

namespace cookbook::benchmarks {

inline constexpr std::size_t content_size = 1000;

/// What nginx sends of a small file.
inline std::string origin_response() {
    return "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Fri, 27 Nov 2026 12:00:00 GMT\r\n"
           "Content-Type: text/html\r\nContent-Length: " +
           std::to_string(content_size) +
           "\r\nLast-Modified: Thu, 26 Nov 2026 12:00:00 GMT\r\nConnection: keep-alive\r\n"
           "ETag: \"65646b80-3e8\"\r\nAccept-Ranges: bytes\r\n\r\n" +
           std::string(content_size, 'x');
}

inline void respond(tcp::socket socket, const std::string& response) {
    std::array<char, 4096> request{};
    error_code error;
    while (socket.read_some(asio::buffer(request), error) > 0) {  // a request comes in one piece
        asio::write(socket, asio::buffer(response), error);
    }
}

/// Serves `response` to all. A thread per connection, and no more than must be: what is measured is
/// the client.
[[noreturn]] inline void be_origin(std::uint16_t port, const std::string& response) {
    asio::io_context context;
    tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), port});
    for (;;) {
        std::thread(respond, acceptor.accept(), response).detach();
    }
}

inline void be_http_origin(std::uint16_t port) {
    be_origin(port, origin_response());
}

}  // namespace cookbook::benchmarks
