// A server of recipe 11.1's tests, which says what it is to say, whatever it is asked.
#pragma once

#include <algorithm>
#include <boost/asio/read_until.hpp>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/net/serve.hpp"
#include "support/loopback.hpp"
#include "support/running_server.hpp"

namespace cookbook::testing {

/// A whole response with that body.
inline std::string ok(std::string_view body = "") {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
}

/// What the server says on one connection, a text for each request; after the last one it ends the
/// connection, at once if that is empty: then it says nothing.
using Script = std::vector<std::string>;

/// Each connection has the next script, later ones the last. Requests have no body.
class ScriptedServer {
    struct State {
        std::vector<Script> scripts;
        std::vector<std::string> requests = {};
        std::size_t connections = 0;
    };

public:
    ScriptedServer(const asio::any_io_executor& executor, std::vector<Script> scripts)
        : state_(std::make_shared<State>(std::move(scripts))),
          server_(executor, {}, [state = state_](tcp::acceptor acceptor) {
              const Limits limits{.drain_timeout = 0s};  // a session keeps its connections
              return serve(std::move(acceptor), limits,
                           [state](tcp::socket socket) { return say(std::move(socket), state); });
          }) {}

    [[nodiscard]] std::string url(const std::string& target = "/") const {
        return "http://" + to_string(server_.endpoint()) + target;
    }
    [[nodiscard]] const tcp::endpoint& endpoint() const { return server_.endpoint(); }
    [[nodiscard]] const std::vector<std::string>& requests() const { return state_->requests; }
    [[nodiscard]] std::size_t connections() const { return state_->connections; }
    asio::awaitable<void> end() { return server_.end(); }

private:
    static asio::awaitable<void> say(tcp::socket socket, std::shared_ptr<State> state) {
        const std::size_t index = std::min(state->connections++, state->scripts.size() - 1);
        const Script script = state->scripts[index];
        for (const std::string& response : script) {
            std::string request;
            const auto [error, size] = co_await asio::async_read_until(
                socket, asio::dynamic_buffer(request), "\r\n\r\n", use_nothrow);
            if (error) {
                co_return;
            }
            state->requests.push_back(request);
            co_await asio::async_write(socket, asio::buffer(response), use_nothrow);
        }
    }

    std::shared_ptr<State> state_;
    RunningServer server_;
};

}  // namespace cookbook::testing
