#include "commands.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <system_error>

#include "common/run.hpp"
#include "common/task_group.hpp"
#include "common/tcp.hpp"
#include "echo.hpp"
#include "info.hpp"
#include "text.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// False where nobody reads any more. Throws system_error for other failures, a full disk say.
bool print(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) {
        return true;
    }
    if (errno == EPIPE) {
        return false;
    }
    throw std::system_error(errno, std::generic_category(), "write to stdout");
}

bool print_address(const Address& address) {
    std::array<char, 64> line;
    char* const end = to_chars(line.data(), line.data() + line.size() - 1, address).ptr;
    *end = '\n';
    return print({line.data(), end + 1});
}

template <typename Lines>
int print_each(const Lines& next_line, HostBits host_bits) {
    std::string text;
    while (next_line(text) && print(info(text, host_bits) + "\n")) {
    }
    return 0;
}

asio::awaitable<void> show_admission() {
    const auto executor = co_await this_coro::executor;
    const Admission admission{.allow = {Network::parse("127.0.0.0/8")},
                              .deny = {Network::parse("127.0.1.0/24")}};
    auto acceptor = listen(executor, {});
    const tcp::endpoint server = acceptor.local_endpoint();
    std::printf("\nserver --allow %s --deny %s\n", to_string(admission.allow[0]).c_str(),
                to_string(admission.deny[0]).c_str());
    TaskGroup group(executor);
    group.spawn(serve_echo(std::move(acceptor), Limits{}, admission));
    for (const char* from : {"127.0.0.2", "127.0.1.2"}) {
        const std::string reply = co_await call_echo(server, asio::ip::make_address(from), "hello");
        std::printf("  from %s: %s\n", from,
                    reply.empty() ? "refused" : ("admitted, echoes \"" + reply + "\"").c_str());
    }
    group.cancel();
    co_await group.join();
}

}  // namespace

int list_addresses(const Network& network, bool hosts_only) {
    std::signal(SIGPIPE, SIG_IGN);  // for the end of ::/0 comes from the reader
    const auto addresses =
        hosts_only ? network.hosts() : std::ranges::subrange(network.begin(), network.end());
    std::ranges::find_if_not(addresses, print_address);
    return std::fflush(stdout) == 0 || errno == EPIPE
               ? 0
               : throw std::system_error(errno, std::generic_category(), "write to stdout");
}

int print_info(const std::vector<std::string>& texts, HostBits host_bits) {
    auto next = texts.begin();
    return print_each(
        [&](std::string& text) {
            if (next == texts.end()) {
                return false;
            }
            text = *next++;
            return true;
        },
        host_bits);
}

int print_info(std::istream& input, HostBits host_bits) {
    return print_each(
        [&](std::string& text) { return static_cast<bool>(std::getline(input, text)); }, host_bits);
}

int demo() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);  // in step with the log, wherever both go
    const auto interface = Interface::parse("123.45.67.73/27");
    const Network& network = interface.network();
    std::printf("%s is %s on %s\n", to_string(interface).c_str(),
                to_string(interface.address()).c_str(), to_string(network).c_str());
    std::printf("%s has %s addresses, %s to %s\n", to_string(network).c_str(),
                network.num_addresses().c_str(), to_string(network[0]).c_str(),
                to_string(network[-1]).c_str());
    for (const char* text : {"123.45.67.69", "123.45.67.96"}) {
        const bool yes = network.contains(Address::parse(text));
        std::printf("  %s is %s\n", text, yes ? "in it" : "not in it");
    }
    const auto v6 = Network::parse("12:3456:78:90ab:cd:ef01:23:30/126");
    std::printf("%s, address by address\n", to_string(v6).c_str());
    for (const Address& address : v6) {
        std::printf("  %s\n", to_string(address).c_str());
    }
    std::printf("::/0 has %s, and the last is\n  %s\n",
                Network::parse("::/0").num_addresses().c_str(),
                to_string(Network::parse("::/0")[-1]).c_str());
    for (const char* text : {"192.168.0.1/24", "192.168.010.1", "1.2.3.256"}) {
        try {
            Network::parse_v4(text);
        } catch (const ParseError& error) {
            std::printf("%s: %s\n", text, error.what());
        }
    }
    run(show_admission());
    return 0;
}

}  // namespace cookbook::cidr_addresses
