#include "client.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/asio/ip/udp.hpp>
#include <set>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/async/deadline.hpp"
#include "common/cli/output.hpp"
#include "common/net/utf8.hpp"
#include "groups.hpp"
#include "protocol.hpp"

namespace cookbook::udp_telemetry {
namespace {

using Buffer = std::array<char, 65'535>;

std::string name_of(const Audience& audience) {
    return to_string(HostPort{audience.address, audience.port});
}

udp::endpoint endpoint_of(const Audience& audience) {
    return {to_address(audience.address, audience.interface), audience.port};
}

/// Sends a PING to all. The socket is not connected: what answers has another address than a group.
udp::socket send_ping(const asio::any_io_executor& executor, const Audience& audience) try {
    const udp::endpoint endpoint = endpoint_of(audience);
    udp::socket socket(executor, udp::endpoint(endpoint.protocol(), 0));
    set_route(socket, {.interface = audience.interface});
    socket.send_to(asio::buffer(std::string_view("PING")), endpoint);
    return socket;
} catch (const boost::system::system_error& failure) {
    throw std::system_error(failure.code(), "discover " + name_of(audience));
}

/// Bound to the address of the audience itself, so that nothing else comes. Others of this machine
/// may be bound to it too; each gets a copy.
udp::socket bind_to(const asio::any_io_executor& executor, const Audience& audience) try {
    const udp::endpoint endpoint = endpoint_of(audience);
    udp::socket socket(executor, endpoint.protocol());
    socket.set_option(udp::socket::reuse_address(true));
    socket.bind(endpoint);
    if (endpoint.address().is_multicast()) {
        join(socket, endpoint.address(), audience.interface);
    }
    return socket;
} catch (const boost::system::system_error& failure) {
    throw std::system_error(failure.code(), "listen to " + name_of(audience));
}

}  // namespace

asio::awaitable<void> ask(HostPort server, std::vector<std::string> texts,
                          std::vector<std::uint32_t> numbers, udp_server::Retries retries,
                          std::FILE* output) {
    if (texts.empty() && numbers.empty()) {
        texts.emplace_back("PING");
    }
    // Nothing in a reply says what it replies to, so only the port can: one for each attempt.
    retries.new_port = true;
    udp_server::Caller caller(std::move(server), retries);
    for (const std::string& text : texts) {
        const std::string reply = co_await caller.call(text, [](std::string_view) { return true; });
        print_line(output, printable(reply));
    }
    for (const std::uint32_t number : numbers) {
        const std::string reply = co_await caller.call(
            increment_request(number),
            [](std::string_view datagram) { return number_in(datagram).has_value(); });
        print_line(output, std::to_string(*number_in(reply)));
    }
}

asio::awaitable<void> discover(Audience audience, asio::steady_timer::duration wait,
                               std::FILE* output) {
    constexpr std::size_t max_found = 10'000;  // whoever forges addresses finds an end
    udp::socket socket = send_ping(co_await this_coro::executor, audience);
    Deadline deadline(socket, Deadline::Effect::cancel);
    deadline.expires_after(wait);
    std::set<udp::endpoint> found;
    Buffer buffer;
    while (found.size() < max_found) {
        udp::endpoint from;
        const auto [error, size] =
            co_await socket.async_receive_from(asio::buffer(buffer), from, use_nothrow);
        if (deadline.expired()) {
            break;
        }
        if (error) {
            throw std::system_error(error, "discover " + name_of(audience));
        }
        if (std::string_view(buffer.data(), size) == pong && found.insert(from).second) {
            print_line(output, to_string(from));
        }
    }
    if (found.empty()) {
        throw std::runtime_error("discover " + name_of(audience) + ": nobody has answered");
    }
}

asio::awaitable<void> listen(Audience audience, std::optional<std::size_t> count,
                             std::FILE* output) {
    udp::socket socket = bind_to(co_await this_coro::executor, audience);
    audience.port = socket.local_endpoint().port();
    print_line(output, "listening on " + name_of(audience));
    Buffer buffer;
    for (std::size_t received = 0; !count || received < *count; ++received) {
        udp::endpoint from;
        const std::size_t size =
            co_await socket.async_receive_from(asio::buffer(buffer), from, use_awaitable);
        print_line(output, to_string(from) + ' ' + printable({buffer.data(), size}));
    }
}

}  // namespace cookbook::udp_telemetry
