#include "client.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <random>
#include <utility>

#include "common/cli/output.hpp"
#include "time_protocol.hpp"

namespace cookbook::udp_server {

std::string new_request() {
    std::random_device random;  // 32 bits at a time, from the kernel
    const std::uint64_t high = random();
    return fmt::format("id={:016x}", high << 32U | random());
}

asio::awaitable<std::string> ask_time(Caller& caller, std::string request) {
    const std::string reply = co_await caller.call(
        request, [&](std::string_view datagram) { return time_in(datagram, request).has_value(); });
    co_return std::string(*time_in(reply, request));
}

asio::awaitable<void> print_times(HostPort server, std::size_t count, Retries retries,
                                  std::FILE* output) {
    Caller caller(std::move(server), retries);
    for (; count > 0; --count) {
        print_line(output, co_await ask_time(caller, retries.new_port ? "" : new_request()));
    }
}

}  // namespace cookbook::udp_server
