// An application served over loopback, and what a client on the wire sees of it.

#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/http/server.hpp"
#include "support/loopback.hpp"
#include "support/running_server.hpp"

namespace cookbook::testing {

/// A RunningServer of HTTP.
class HttpServer : public RunningServer {
public:
    HttpServer(const asio::any_io_executor& executor, http::Application application,
               http::Limits limits = {}, std::string host = "127.0.0.1")
        : RunningServer(executor, {std::move(host), 0}, [&](tcp::acceptor acceptor) {
              return http::serve(std::move(acceptor), limits, std::move(application));
          }) {}
};

/// Sends `bytes` and nothing more, and returns all that comes until the server ends the connection.
inline asio::awaitable<std::string> exchange(tcp::endpoint server, std::string bytes) {
    tcp::socket client = co_await connect_to(server);
    co_await send_all(client, std::move(bytes));
    client.shutdown(tcp::socket::shutdown_send);
    const Received received = co_await receive_to_end(client);
    co_return received.data;
}

/// "200" of "HTTP/1.1 200 OK…"; empty if it is not a response.
inline std::string_view status_of(std::string_view response) {
    return response.starts_with("HTTP/1.1 ") ? response.substr(9, 3) : std::string_view();
}

/// What comes after the head of the (first) response.
inline std::string_view body_of(std::string_view response) {
    const std::size_t end = response.find("\r\n\r\n");
    return end == response.npos ? std::string_view() : response.substr(end + 4);
}

/// One response whose head says its length, of a connection that stays open.
inline asio::awaitable<std::string> receive_response(tcp::socket& client) {
    constexpr std::string_view length = "Content-Length: ";
    std::string response;
    while (!response.ends_with("\r\n\r\n")) {
        response += co_await receive(client, 1);
    }
    const std::size_t at = response.find(length);
    const std::size_t size =
        at == response.npos ? 0 : std::stoul(response.substr(at + length.size()));
    co_return response + co_await receive(client, size);
}

/// How many times `piece` is in `text`.
inline std::size_t count_of(std::string_view piece, std::string_view text) {
    std::size_t count = 0;
    for (std::size_t at = text.find(piece); at != text.npos; at = text.find(piece, at + 1)) {
        ++count;
    }
    return count;
}

}  // namespace cookbook::testing
