// Recipe 11.4 beside inet_pton() and inet_ntop(), Boost.Asio's address types, a hand-written mask
// and compare, and Python's ipaddress (benchmarks/peers/11_04_cidr_addresses_peer.py).
//
// All use the same 16,384 addresses, more than a branch predictor can remember.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstddef>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "11_04_cidr_addresses/cidr_addresses.hpp"
#include "11_04_cidr_addresses/text/parse.hpp"

namespace {

using namespace cookbook::cidr_addresses;
namespace ip = boost::asio::ip;

constexpr std::size_t count = 16 << 10;  // a power of two

/// As in real networks: half the IPv6 addresses end in a small interface identifier.
std::vector<Address> make_addresses(Version version) {
    std::mt19937_64 random(11'04);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same in each run
    std::vector<Address> addresses;
    for (std::size_t i = 0; i < count; ++i) {
        const uint128 high = random();
        const uint128 low = i % 2 == 0 ? random() : random() % 0x10000;
        addresses.push_back(version == Version::v4 ? Address::v4(static_cast<std::uint32_t>(high))
                                                   : Address::v6(high << 64 | low));
    }
    return addresses;
}

const std::array<std::vector<Address>, 2> all_addresses = {make_addresses(Version::v4),
                                                           make_addresses(Version::v6)};

const std::vector<Address>& addresses_of(Version version) {
    return all_addresses[version == Version::v4 ? 0 : 1];
}

constexpr int family_of(Version version) {
    return version == Version::v4 ? AF_INET : AF_INET6;
}

std::array<unsigned char, 16> packed(const Address& address) {
    std::array<unsigned char, 16> bytes{};
    const int size = width(address.version()) / 8;
    for (int i = 0; i < size; ++i) {
        bytes[static_cast<std::size_t>(i)] =
            static_cast<unsigned char>(address.bits() >> (8 * (size - 1 - i)));
    }
    return bytes;
}

std::vector<std::string> texts_of(Version version) {
    std::vector<std::string> texts;
    for (const Address& address : addresses_of(version)) {
        texts.push_back(to_string(address));
    }
    return texts;
}

/// Calls `work(value)` for one value after the other.
template <typename Values, typename Work>
void each(benchmark::State& state, const Values& values, Work work) {
    std::size_t i = 0;
    for (auto _ : state) {
        work(values[i++ % count]);
    }
    state.SetItemsProcessed(state.iterations());
}

template <Version version>
void parse(benchmark::State& state) {
    each(state, texts_of(version),
         [](const std::string& text) { benchmark::DoNotOptimize(Address::try_parse(text)); });
}

/// One of the two functions behind it: the plain loop, or the one without unpredictable branches.
template <auto parse_quad>
void parse_quad_only(benchmark::State& state) {
    each(state, texts_of(Version::v4),
         [](const std::string& text) { benchmark::DoNotOptimize(parse_quad(text)); });
}

template <Version version>
void parse_inet_pton(benchmark::State& state) {
    each(state, texts_of(version), [](const std::string& text) {
        in6_addr bits;
        benchmark::DoNotOptimize(inet_pton(family_of(version), text.c_str(), &bits));
        benchmark::DoNotOptimize(bits);
    });
}

template <Version version>
void parse_asio(benchmark::State& state) {
    each(state, texts_of(version),
         [](const std::string& text) { benchmark::DoNotOptimize(ip::make_address(text)); });
}

template <Version version>
void format(benchmark::State& state) {
    each(state, addresses_of(version), [](const Address& address) {
        char text[64];
        benchmark::DoNotOptimize(to_chars(text, text + sizeof text, address));
        benchmark::DoNotOptimize(text);
    });
}

template <Version version>
void format_string(benchmark::State& state) {
    each(state, addresses_of(version),
         [](const Address& address) { benchmark::DoNotOptimize(to_string(address)); });
}

template <Version version>
void format_inet_ntop(benchmark::State& state) {
    std::vector<std::array<unsigned char, 16>> values;
    for (const Address& address : addresses_of(version)) {
        values.push_back(packed(address));
    }
    each(state, values, [](const auto& bytes) {
        char text[64];
        benchmark::DoNotOptimize(inet_ntop(family_of(version), bytes.data(), text, sizeof text));
        benchmark::DoNotOptimize(text);
    });
}

template <Version version>
void format_asio(benchmark::State& state) {
    std::vector<ip::address> values;
    for (const std::string& text : texts_of(version)) {
        values.push_back(ip::make_address(text));
    }
    each(state, values,
         [](const ip::address& address) { benchmark::DoNotOptimize(address.to_string()); });
}

/// Contains about one address in two thousand, so the result is nearly always false.
Network network_of(Version version) {
    return {addresses_of(version).front(), 11, HostBits::clear};
}

template <Version version>
void contains(benchmark::State& state) {
    Network network = network_of(version);
    benchmark::DoNotOptimize(network);  // in memory, as in an access list
    each(state, addresses_of(version),
         [&](const Address& address) { benchmark::DoNotOptimize(network.contains(address)); });
}

/// What one would write by hand.
struct Prefix {
    uint128 first;
    uint128 mask;
    Version version;
};

template <Version version>
void contains_by_hand(benchmark::State& state) {
    const Network network = network_of(version);
    Prefix prefix{network.network_address().bits(), network.netmask().bits(), version};
    benchmark::DoNotOptimize(prefix);
    each(state, addresses_of(version), [&](const Address& address) {
        benchmark::DoNotOptimize(address.version() == prefix.version &&
                                 (address.bits() & prefix.mask) == prefix.first);
    });
}

/// The same if the version is known: only mask and compare remain.
template <Version version>
void contains_mask_and_compare(benchmark::State& state) {
    const Network network = network_of(version);
    Prefix prefix{network.network_address().bits(), network.netmask().bits(), version};
    benchmark::DoNotOptimize(prefix);
    each(state, addresses_of(version), [&](const Address& address) {
        benchmark::DoNotOptimize((address.bits() & prefix.mask) == prefix.first);
    });
}

/// Ten networks that contain none of the addresses, so that each is compared.
template <Version version>
std::vector<Network> access_list() {
    std::vector<Network> networks;
    for (std::uint32_t i = 0; i < 10; ++i) {
        const uint128 bits = uint128{0xFE00 + i} << (width(version) - 16);
        networks.emplace_back(Address(version, bits), 24);
    }
    std::erase_if(networks, [](const Network& network) {
        return std::ranges::any_of(addresses_of(version),
                                   [&](const Address& a) { return network.contains(a); });
    });
    return networks;
}

template <Version version>
void access_list_any_contains(benchmark::State& state) {
    const std::vector<Network> networks = access_list<version>();
    each(state, addresses_of(version), [&](const Address& address) {
        benchmark::DoNotOptimize(any_contains(networks, address));
    });
}

template <Version version>
void access_list_by_hand(benchmark::State& state) {
    std::vector<Prefix> prefixes;
    for (const Network& network : access_list<version>()) {
        prefixes.push_back({network.network_address().bits(), network.netmask().bits(), version});
    }
    each(state, addresses_of(version), [&](const Address& address) {
        benchmark::DoNotOptimize(std::ranges::any_of(prefixes, [&](const Prefix& prefix) {
            return address.version() == prefix.version &&
                   (address.bits() & prefix.mask) == prefix.first;
        }));
    });
}

/// Every address of a network, one after the other, as text.
template <Version version>
void iterate_and_format(benchmark::State& state) {
    const Network all = Network::parse(version == Version::v4 ? "10.0.0.0/16" : "2001:db8::/112");
    char text[64];
    while (state.KeepRunningBatch(1 << 16)) {
        for (const Address& address : all) {
            benchmark::DoNotOptimize(to_chars(text, text + sizeof text, address));
            benchmark::DoNotOptimize(text);
        }
    }
    state.SetItemsProcessed(state.iterations());
}

/// The CPU time that benchmarks/peers/11_04_cidr_addresses_peer.py measures of itself.
void python(benchmark::State& state, const std::string& task) {
    std::string script = __FILE__;
    script.replace(script.rfind('/'), script.npos, "/peers/11_04_cidr_addresses_peer.py");
    std::FILE* const output = popen(("python3 '" + script + "' " + task).c_str(), "r");
    double nanoseconds = 0;
    if (output == nullptr || std::fscanf(output, "%lf", &nanoseconds) != 1) {
        state.SkipWithError("no python3");
    }
    for (auto _ : state) {
        state.SetIterationTime(nanoseconds * 1e-9);
    }
    state.SetItemsProcessed(state.iterations());
    if (output != nullptr) {
        pclose(output);
    }
}

template <Version version>
void register_all() {
    const std::string suffix = version == Version::v4 ? " IPv4/" : " IPv6/";
    const auto add = [&](const std::string& group, const char* name, auto function) {
        benchmark::RegisterBenchmark((group + suffix + name).c_str(), function);
    };
    const auto add_python = [&](const std::string& group, const std::string& task) {
        const std::string arguments = task + (version == Version::v4 ? " 4" : " 6");
        benchmark::RegisterBenchmark(
            (group + suffix + "Python").c_str(),
            [arguments](benchmark::State& state) { python(state, arguments); })
            ->UseManualTime()
            ->Iterations(1);
    };
    add("parse", "Address::try_parse", parse<version>);
    if (version == Version::v4) {
        add("parse", "branchless", parse_quad_only<parse_dotted_quad_branchless>);
        add("parse", "plain loop", parse_quad_only<parse_dotted_quad>);
    }
    add("parse", "inet_pton", parse_inet_pton<version>);
    add("parse", "asio make_address", parse_asio<version>);
    add_python("parse", "parse");
    add("format", "to_chars", format<version>);
    add("format", "to_string", format_string<version>);
    add("format", "inet_ntop", format_inet_ntop<version>);
    add("format", "asio to_string", format_asio<version>);
    add_python("format", "format");
    add("contains", "Network::contains", contains<version>);
    add("contains", "version, mask and compare", contains_by_hand<version>);
    add("contains", "mask and compare", contains_mask_and_compare<version>);
    add_python("contains", "contains");
    add("access list of 10", "any_contains", access_list_any_contains<version>);
    add("access list of 10", "by hand", access_list_by_hand<version>);
    add("iterate and format", "Network", iterate_and_format<version>);
    add_python("iterate and format", "iterate");
}

}  // namespace

int main(int argc, char** argv) {
    // Medians, because the machine does other things too; options on the command line override
    // this.
    std::vector<std::string> defaults = {argv[0], "--benchmark_min_time=0.1",
                                         "--benchmark_repetitions=5",
                                         "--benchmark_report_aggregates_only=true"};
    std::vector<char*> arguments;
    for (std::string& argument : defaults) {
        arguments.push_back(argument.data());
    }
    arguments.insert(arguments.end(), argv + 1, argv + argc);
    argc = static_cast<int>(arguments.size());
    benchmark::Initialize(&argc, arguments.data());
    register_all<Version::v4>();
    register_all<Version::v6>();
    benchmark::RunSpecifiedBenchmarks();
}
