#include "commands.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <istream>
#include <ranges>
#include <string_view>
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
bool has_reader(bool written) {
    if (!written && errno != EPIPE) {
        throw std::system_error(errno, std::generic_category(), "write to stdout");
    }
    return written;
}

bool print(std::string_view text) {
    return has_reader(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

bool print_address(const Address& address) {
    std::array<char, 64> line;
    char* const end = to_chars(line.data(), line.data() + line.size() - 1, address).ptr;
    *end = '\n';
    return print({line.data(), end + 1});
}

/// Prints each of `items` by `print_item`, until nobody reads any more.
template <typename Items, typename Print>
void print_each(Items&& items, Print print_item) {
    std::signal(SIGPIPE, SIG_IGN);  // whoever has seen enough of ::/0 closes the pipe
    std::ranges::find_if_not(items, print_item);
    has_reader(std::fflush(stdout) == 0);
}

/// For std::ranges::istream_view: the line as it is, where std::string would be one word of it.
struct Line {
    std::string text;
    friend std::istream& operator>>(std::istream& input, Line& line) {
        return std::getline(input, line.text);
    }
};

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
    print_each(hosts_only ? network.hosts() : std::ranges::subrange(network.begin(), network.end()),
               print_address);
    return 0;
}

int print_contains(const Network& network, const Address& address) {
    const bool yes = network.contains(address);
    print_each(std::array{yes ? "yes\n" : "no\n"}, print);
    return yes ? 0 : 1;
}

int print_info(const std::vector<std::string>& texts, HostBits host_bits) {
    print_each(texts, [=](const std::string& text) { return print(info(text, host_bits) + "\n"); });
    return 0;
}

int print_info(std::istream& input, HostBits host_bits) {
    print_each(std::ranges::istream_view<Line>(input),
               [=](const Line& line) { return print(info(line.text, host_bits) + "\n"); });
    return 0;
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
