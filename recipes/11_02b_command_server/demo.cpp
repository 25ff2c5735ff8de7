#include "demo.hpp"

#include <fmt/format.h>

#include <boost/asio/read_until.hpp>
#include <cstdio>
#include <string>
#include <utility>

#include "command_server.hpp"
#include "common/cli/demo.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::command_server {
namespace {

void explain(const char* what) {
    fmt::print("\n{}\n\n", what);
}

/// A client that prints what it sends and gets.
class Visitor {
public:
    Visitor(std::string name, tcp::socket socket)
        : name_(std::move(name)), socket_(std::move(socket)) {}

    asio::awaitable<void> send(std::string command) {
        fmt::print("{:>6} > {}\n", name_, command);
        co_await send_quietly(std::move(command));
    }
    asio::awaitable<void> send_quietly(std::string command) {
        command += '\n';
        co_await asio::async_write(socket_, asio::buffer(command), use_awaitable);
    }
    asio::awaitable<void> print_lines(int count) {
        for (; count > 0; --count) {
            print(co_await next_line());
        }
    }
    asio::awaitable<void> print_last_line() {
        std::string line;
        while (!line.starts_with(R"({"event":"dropped")")) {
            line = co_await next_line();
        }
        print(line);
    }
    asio::awaitable<std::string> next_line() {
        const std::size_t size = co_await asio::async_read_until(
            socket_, asio::dynamic_buffer(received_), '\n', use_awaitable);
        std::string line = received_.substr(0, size);
        received_.erase(0, size);
        co_return line;
    }

private:
    void print(const std::string& line) const { fmt::print("{:>6} < {}", name_, line); }

    std::string name_;
    tcp::socket socket_;
    std::string received_;
};

asio::awaitable<void> talk(HostPort server) {
    Visitor anna("Anna", co_await connect(server));
    Visitor ben("Ben", co_await connect(server));
    explain("Each line is a command, and each command has a response, in order:");
    for (const char* command : {"ECHO   hello   world", "TIME", "FOO"}) {
        co_await anna.send(command);
    }
    co_await anna.print_lines(3);
    explain("What one says, all hear, in the same order:");
    co_await ben.send("SAY hello, Anna");
    co_await ben.print_lines(2);
    co_await anna.print_lines(1);
}

/// Says so much that no socket buffer holds it, and hears it, too. Returns how many events it took
/// until nobody else was left.
asio::awaitable<int> talk_alone(Visitor& visitor, std::string text) {
    for (int events = 1;; ++events) {
        co_await visitor.send_quietly("SAY " + text);
        co_await visitor.next_line();
        const std::string response = co_await visitor.next_line();
        if (response.ends_with("\"recipients\":1}\n")) {
            co_return events;
        }
    }
}

asio::awaitable<void> outpace(HostPort server) {
    Visitor ben("Ben", co_await connect(server));
    Visitor carl("Carl", co_await connect(server));
    explain("Carl connects, and reads nothing. Ben talks.");
    const int events = co_await talk_alone(ben, std::string(4000, '.'));
    fmt::print(
        "After {} events of 4,000 characters, when the kernel holds no more for him and his\n"
        "queue is full, Carl is dropped. The last line that he reads:\n",
        events);
    co_await carl.print_last_line();
}

asio::awaitable<void> show(HostPort server) {
    co_await talk(server);
    co_await outpace(server);
}

}  // namespace

asio::awaitable<void> demo() {
    tcp::acceptor acceptor = cookbook::listen(co_await this_coro::executor, {});
    const HostPort address{"127.0.0.1", acceptor.local_endpoint().port()};
    const Options options{.limits = {.idle_timeout = 300s, .drain_timeout = 200ms}};
    co_await show_beside(serve(std::move(acceptor), std::nullopt, options), show(address));
}

}  // namespace cookbook::command_server
