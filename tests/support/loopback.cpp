#include "support/loopback.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <array>
#include <cstdio>
#include <filesystem>
#include <iterator>
#include <utility>

namespace cookbook::testing {

namespace {

tcp::acceptor listen_on(const asio::any_io_executor& executor, const asio::ip::address& address) {
    return {executor, tcp::endpoint(address, 0)};
}

}  // namespace

tcp::acceptor listen_v4(const asio::any_io_executor& executor) {
    return listen_on(executor, asio::ip::address_v4::loopback());
}

tcp::acceptor listen_v6(const asio::any_io_executor& executor) {
    return listen_on(executor, asio::ip::address_v6::loopback());
}

tcp::socket bind_v4(const asio::any_io_executor& executor) {
    return {executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
}

asio::awaitable<tcp::socket> connect_to(tcp::endpoint endpoint) {
    tcp::socket socket(co_await asio::this_coro::executor);
    co_await socket.async_connect(endpoint, asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    co_return socket;
}

SocketPair connected_pair(asio::any_io_executor executor) {
    tcp::acceptor acceptor = listen_v4(executor);
    tcp::socket near(executor);
    near.connect(acceptor.local_endpoint());  // the kernel completes it before anybody accepts
    tcp::socket far = acceptor.accept();
    near.set_option(tcp::no_delay(true));
    far.set_option(tcp::no_delay(true));
    return {std::move(near), std::move(far)};
}

void reset(tcp::socket& socket) {
    socket.set_option(tcp::socket::linger(true, 0));
    socket.close();
}

std::size_t open_descriptors() {
    // The directory itself is open while it is read: one less.
    const std::filesystem::directory_iterator descriptors("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(descriptors), end(descriptors))) - 1;
}

std::string bytes(std::initializer_list<int> values) {
    std::string result;
    for (const int value : values) {
        result += static_cast<char>(value);
    }
    return result;
}

std::string to_hex(std::string_view data) {
    std::string text;
    for (const char c : data) {
        std::array<char, 4> digits{};
        std::snprintf(digits.data(), digits.size(), "%02x ", static_cast<unsigned char>(c));
        text += digits.data();
    }
    if (!text.empty()) {
        text.pop_back();
    }
    return text;
}

std::string in_quotes(std::string_view data) {
    constexpr std::size_t most = 60;
    std::string text = "'";
    for (const char c : data.substr(0, most)) {
        if (c == '\n') {
            text += "\\n";
        } else if (c == '\r') {
            text += "\\r";
        } else if (c < ' ' || c > '~') {
            text += "\\x" + to_hex({&c, 1});
        } else {
            text += c;
        }
    }
    text += "'";
    if (data.size() > most) {
        text += "… (" + std::to_string(data.size()) + " bytes)";
    }
    return text;
}

namespace detail {

std::string wrong_bytes(std::string_view expected, const Received& received) {
    std::string sentence =
        "expected " + in_quotes(expected) + ", received " + in_quotes(received.data);
    if (received.error) {
        sentence += ", then " + received.error.message();
    }
    return sentence;
}

std::string wrong_end(std::string_view expected, const Received& received) {
    std::string sentence = "expected " + std::string(expected) + ", received ";
    if (!received.data.empty()) {
        sentence += in_quotes(received.data) + ", then ";
    }
    return sentence + (received.error ? received.error.message() : "no end");
}

}  // namespace detail

}  // namespace cookbook::testing
