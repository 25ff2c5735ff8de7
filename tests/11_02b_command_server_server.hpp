// A server of either style, and a client that reads lines, as the tests of recipe 11.2b use them.
#pragma once

#include <boost/asio/read_until.hpp>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "11_02b_command_server/command_server.hpp"
#include "common/net/tcp.hpp"
#include "support/async_case.hpp"
#include "support/loopback.hpp"
#include "support/server_thread.hpp"
#include "support/system_calls.hpp"

namespace cookbook::testing {

/// A server of one style, on threads of its own, and its metrics.
class CommandServer : public ServerThread<> {
public:
    CommandServer(const command_server::Style& style, command_server::Options options,
                  const HostPort& address = {}) {
        tcp::acceptor acceptor = listen(executor(), address);
        tcp::acceptor metrics = listen(executor(), address);
        endpoint_ = acceptor.local_endpoint();
        // Whoever reads no more shows it soon: the kernel would take megabytes for it.
        acceptor.set_option(tcp::acceptor::receive_buffer_size(65536));
        metrics_ = metrics.local_endpoint();
        start(style.serve, std::move(acceptor), std::optional(std::move(metrics)), options);
    }

    [[nodiscard]] Where sockets() const { return Where::local_port(endpoint_.port()); }
    [[nodiscard]] const tcp::endpoint& endpoint() const { return endpoint_; }
    [[nodiscard]] const tcp::endpoint& metrics() const { return metrics_; }

private:
    tcp::endpoint endpoint_;
    tcp::endpoint metrics_;
};

/// A client that reads line by line.
class LineClient {
public:
    explicit LineClient(tcp::socket socket) : socket_(std::move(socket)) {}

    /// Connects, and waits for a first response: from then on it is in the room.
    static asio::awaitable<LineClient> join(tcp::endpoint server) {
        LineClient client(co_await connect_to(server));
        const std::string response = co_await client.response_to("ECHO in");
        BOOST_TEST(response == R"({"command":"ECHO","result":"in"})");
        co_return client;
    }

    asio::awaitable<void> send(std::string text) { return send_all(socket_, std::move(text)); }

    /// The next line, without its line feed; "" at the end of the stream.
    asio::awaitable<std::string> line() {
        const Waiting waiting("a line from the server");
        const auto [error, size] = co_await asio::async_read_until(
            socket_, asio::dynamic_buffer(received_), '\n', use_nothrow);
        std::string line = received_.substr(0, size == 0 ? 0 : size - 1);
        received_.erase(0, size);
        co_return line;
    }
    asio::awaitable<std::string> ask(std::string command) {
        co_await send(std::move(command) + '\n');
        co_return co_await line();
    }
    /// The same, whatever others have said before.
    asio::awaitable<std::string> response_to(std::string command) {
        std::string response = co_await ask(std::move(command));
        while (response.starts_with("{\"event\"")) {
            response = co_await line();
        }
        co_return response;
    }
    /// All lines until the stream ends; the last may lack its line feed. `clean_end` says how.
    asio::awaitable<std::vector<std::string>> lines_to_end() {
        const Received rest = co_await receive_to_end(socket_);
        clean_end = rest.error == asio::error::eof;
        received_ += rest.data;
        std::vector<std::string> lines;
        while (!received_.empty()) {
            const std::size_t size = received_.find('\n');
            whole_lines = size != std::string::npos;
            lines.push_back(received_.substr(0, size));
            received_.erase(0, whole_lines ? size + 1 : received_.size());
        }
        co_return lines;
    }
    void end_sending() { socket_.shutdown(tcp::socket::shutdown_send); }
    [[nodiscard]] tcp::socket& socket() { return socket_; }

    bool clean_end = false;
    bool whole_lines = true;

private:
    tcp::socket socket_;
    std::string received_;
};

/// A number of a line of JSON.
inline std::uint64_t figure(const std::string& line, const std::string& name) {
    const std::string key = '"' + name + "\":";
    const std::size_t at = line.find(key);
    return at == std::string::npos ? 0 : std::stoull(line.substr(at + key.size()));
}

/// The client has sent so many bytes of lines of that size, and has read nothing: it gets all
/// responses, though it was slowed.
inline asio::awaitable<void> expect_all_responses(LineClient& client, std::size_t sent,
                                                  std::size_t line_size) {
    client.end_sending();
    const std::vector<std::string> responses = co_await client.lines_to_end();
    const std::size_t asked = (sent + line_size - 1) / line_size;  // the last one may be cut
    BOOST_TEST(responses.size() == asked,
               asked << " lines were sent, and " << responses.size()
                     << " responses came: a client that only asks is to be slowed, not dropped");
    BOOST_TEST(client.clean_end);
}

}  // namespace cookbook::testing
