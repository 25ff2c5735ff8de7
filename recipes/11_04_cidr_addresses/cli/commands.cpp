#include "commands.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ios>
#include <istream>
#include <ranges>
#include <string_view>
#include <system_error>

#include "11_04_cidr_addresses/cpython/info.hpp"
#include "11_04_cidr_addresses/text/text.hpp"

namespace cookbook::cidr_addresses {
namespace {

/// False if the reader has closed stdout. Throws std::system_error for other errors, such as a full
/// disk.
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

/// Prints each of `items` by `print_item`, until the reader closes stdout.
template <typename Items, typename Print>
void print_each(Items&& items, Print print_item) {
    std::ranges::find_if_not(items, print_item);
    has_reader(std::fflush(stdout) == 0);
}

/// For std::ranges::istream_view: a whole line, whereas std::string would read one word.
struct Line {
    std::string text;

    friend std::istream& operator>>(std::istream& input, Line& line) {
        std::getline(input, line.text);
        if (input.bad()) {
            throw std::system_error(errno, std::generic_category(), "read stdin");
        }
        return input;
    }
};

}  // namespace

void list_addresses(const Network& network, bool hosts_only) {
    print_each(hosts_only ? network.hosts() : std::ranges::subrange(network.begin(), network.end()),
               print_address);
}

int print_contains(const Network& network, const Address& address) {
    const bool yes = network.contains(address);
    print_each(std::array{yes ? "yes\n" : "no\n"}, print);
    return yes ? 0 : 1;
}

void print_info(const std::vector<std::string>& texts, HostBits host_bits) {
    print_each(texts, [=](const std::string& text) { return print(info(text, host_bits) + "\n"); });
}

void print_info(std::istream& input, HostBits host_bits) {
    std::ios::sync_with_stdio(false);  // or std::cin takes an error for the end
    print_each(std::ranges::istream_view<Line>(input),
               [=](const Line& line) { return print(info(line.text, host_bits) + "\n"); });
}

}  // namespace cookbook::cidr_addresses
