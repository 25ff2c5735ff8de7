#include "client.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <random>
#include <utility>

#include "time_protocol.hpp"

namespace cookbook::udp_server {

std::string new_request() {
    std::random_device random;  // 32 bits at a time, from the kernel
    const std::uint64_t high = random();
    return fmt::format("id={:016x}", high << 32U | random());
}

asio::awaitable<void> print_times(HostPort server, std::size_t count, Retries retries) {
    Caller caller(std::move(server), retries);
    for (; count > 0; --count) {
        const std::string request = retries.new_port ? "" : new_request();
        const std::string reply = co_await caller.call(request, [&](std::string_view datagram) {
            return time_in(datagram, request).has_value();
        });
        fmt::print("{}\n", *time_in(reply, request));
        std::fflush(stdout);
    }
}

}  // namespace cookbook::udp_server
