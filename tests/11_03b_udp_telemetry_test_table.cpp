// 11.3b, the table of clients: on a clock that the test moves, without sockets.
#include <unistd.h>

#include <bitset>
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "11_03b_udp_telemetry/client_table.hpp"
#include "support/allocations.hpp"
#include "support/sanitizer.hpp"

namespace {

using namespace cookbook::udp_telemetry;
using namespace std::chrono_literals;
using cookbook::asio::ip::make_address;
using cookbook::testing::CountAllocations;

const TimePoint start = TimePoint{} + 1h;

udp::endpoint peer(std::uint16_t port, const std::string& address = "192.0.2.1") {
    return {make_address(address), port};
}

using Ports = std::vector<std::uint16_t>;

/// So many addresses, all different.
udp::endpoint forged(std::uint32_t n) {
    return {boost::asio::ip::address_v4(0x0a000000U + n), static_cast<std::uint16_t>(1024 + n % 7)};
}

/// The ports of the clients, that with most packets first.
std::vector<int> ports(const ClientTable& table) {
    std::vector<int> result;
    for (const Client& client : table.top(100)) {
        result.push_back(client.address.port());
    }
    return result;
}

std::set<int> known(const ClientTable& table) {
    const std::vector<int> all = ports(table);
    return {all.begin(), all.end()};
}

/// Bytes of memory that this process occupies (proc(5), statm).
std::int64_t resident() {
    std::ifstream statm("/proc/self/statm");
    std::int64_t size = 0;
    std::int64_t pages = 0;
    statm >> size >> pages;
    return pages * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_telemetry)

BOOST_AUTO_TEST_CASE(a_client_is_an_address_with_a_port) {
    ClientTable table({});
    for (const udp::endpoint& address :
         {peer(1), peer(2), peer(1), peer(1, "192.0.2.2"), peer(1, "2001:db8::1"),
          peer(1, "2001:db8::2"), peer(1, "2001:db8::1")}) {
        BOOST_TEST(table.record(address, start));
    }
    BOOST_TEST(table.size() == 5U, "an address with another port is another client");
    BOOST_TEST(table.top(1).at(0).packets == 2U);
}

BOOST_AUTO_TEST_CASE(the_client_that_has_been_silent_for_longest_goes_first) {
    ClientTable table({.max_clients = 3});
    for (const std::uint16_t port : Ports{1, 2, 3, 1, 4}) {
        table.record(peer(port), start);
    }
    BOOST_TEST(table.size() == 3U, "the table has grown beyond its three clients");
    BOOST_TEST((known(table) == std::set<int>{1, 3, 4}),
               "the table is full, and the fourth client comes. The first has sent again since, so "
               "the second has been silent for longest: it must go");
    BOOST_TEST(table.evicted() == 1U, "who had to go is counted");
    table.record(peer(2), start);
    BOOST_TEST((known(table) == std::set<int>{1, 2, 4}), "and then the third");
    BOOST_TEST(table.evicted() == 2U);
}

BOOST_AUTO_TEST_CASE(a_full_table_keeps_the_clients_it_knows) {
    ClientTable table({.max_clients = 2});
    for (const std::uint16_t port : Ports{1, 2, 1, 2, 1, 2}) {
        table.record(peer(port), start);
    }
    BOOST_TEST(table.evicted() == 0U,
               "a packet of a known client needs no room, even if the table "
               "is full");
    BOOST_TEST(table.top(1).at(0).packets == 3U);
}

BOOST_AUTO_TEST_CASE(one_client_is_room_enough) {
    ClientTable table({.max_clients = 1});
    for (std::uint32_t n = 0; n < 1000; ++n) {
        BOOST_TEST(table.record(forged(n), start));
    }
    BOOST_TEST(table.size() == 1U);
    BOOST_TEST(table.evicted() == 999U);
}

BOOST_AUTO_TEST_CASE(a_silent_client_is_forgotten) {
    ClientTable table({.expiry = 60s});
    table.record(peer(1), start);
    table.record(peer(2), start);
    table.record(peer(2), start + 30s);
    table.record(peer(3), start + 40s);
    table.record(peer(1), start + 50s);
    table.expire(start + 90s - 1ns);
    BOOST_TEST((known(table) == std::set<int>{1, 2, 3}), "nobody has been silent for 60 s yet");
    table.expire(start + 90s);
    BOOST_TEST((known(table) == std::set<int>{1, 3}),
               "the second client has been silent for 60 s: it must be forgotten, and only it; the "
               "first has sent since");
    BOOST_TEST(table.expired() == 1U, "who was forgotten is counted");
    table.expire(start + 1h);
    BOOST_TEST(table.size() == 0U, "all are silent, and all must be forgotten at once");
    BOOST_TEST(table.expired() == 3U);
    BOOST_TEST(table.evicted() == 0U, "expired is not evicted");
}

BOOST_AUTO_TEST_CASE(a_packet_lets_others_expire_first) {
    ClientTable table({.max_clients = 2, .expiry = 60s});
    table.record(peer(1), start);
    table.record(peer(2), start);
    table.record(peer(3), start + 60s);
    BOOST_TEST(table.expired() == 2U);
    BOOST_TEST(table.evicted() == 0U,
               "room is made by those whose time is over, before anybody is "
               "evicted");
}

BOOST_AUTO_TEST_CASE(a_client_that_comes_back_begins_anew) {
    ClientTable table({.expiry = 60s, .rate = 2});
    for (int n = 0; n < 3; ++n) {
        table.record(peer(1), start);
    }
    BOOST_TEST(table.record(peer(1), start + 60s), "a forgotten client has all its tokens again");
    const Client client = table.top(1).at(0);
    BOOST_TEST(client.packets == 1U, "its packets are counted from one again");
    BOOST_TEST((client.first_seen == start + 60s));
}

BOOST_AUTO_TEST_CASE(a_client_gets_so_many_replies_a_second) {
    ClientTable table({.rate = 10});
    const auto answered = [&](int packets, TimePoint time) {
        int count = 0;
        for (int n = 0; n < packets; ++n) {
            count += table.record(peer(1), time) ? 1 : 0;
        }
        return count;
    };
    BOOST_TEST(answered(20, start) == 10, "10 a second, so 10 at once, and no more");
    BOOST_TEST(answered(20, start + 500ms) == 5, "after half a second there are 5 more");
    BOOST_TEST(answered(1, start + 550ms) == 0, "half a token is not one");
    BOOST_TEST(answered(1, start + 601ms) == 1, "two halves are, though a packet came between");
    BOOST_TEST(answered(50, start + 30s) == 10,
               "however long the silence: no more than 10 at once");
    BOOST_TEST(table.record(peer(2), start + 30s), "another client has tokens of its own");
    BOOST_TEST(table.top(1).at(0).packets == 92U, "what is not answered is counted all the same");
}

BOOST_AUTO_TEST_CASE(the_clients_with_most_packets_come_first) {
    ClientTable table({});
    for (const std::uint16_t port : Ports{1, 2, 2, 3, 3, 3, 4, 4, 4, 4}) {
        table.record(peer(port), start);
    }
    BOOST_TEST(ports(table) == (std::vector<int>{4, 3, 2, 1}), boost::test_tools::per_element());
    BOOST_TEST(table.top(2).size() == 2U);
    BOOST_TEST(table.top(0).empty());
    BOOST_TEST(ClientTable({}).top(5).empty());
}

BOOST_AUTO_TEST_CASE(a_full_table_allocates_nothing) {
    ClientTable table({.max_clients = 1000, .expiry = 1ms});
    const CountAllocations allocations;
    for (std::uint32_t n = 0; n < 60'000; ++n) {
        table.record(forged(n), start + n * 100ns);
    }
    const std::uint64_t count = allocations.count();
    BOOST_TEST(count == 0U, "60,000 senders cost " << count << " allocations: the entries of those "
                                                   << "who go are there to be used again");
    BOOST_TEST(table.evicted() + table.expired() + table.size() == 60'000U);
}

BOOST_AUTO_TEST_CASE(sixty_thousand_clients_cost_less_than_8_megabytes) {
    const std::int64_t before = resident();
    ClientTable table({.max_clients = 60'000});
    for (std::uint32_t n = 0; n < 60'000; ++n) {
        table.record(forged(n), start);
    }
    const std::int64_t cost = resident() - before;
    BOOST_TEST(table.size() == 60'000U);
    constexpr std::int64_t max_cost = COOKBOOK_SANITIZER != 0 ? 16'000'000 : 8'000'000;
    BOOST_TEST(cost < max_cost, "60,000 clients cost " << cost << " bytes");
}

BOOST_AUTO_TEST_CASE(nobody_can_choose_addresses_that_share_a_bucket) {
    const AddressHash one;
    const AddressHash other;
    int equal = 0;
    for (std::uint32_t n = 0; n < 10'000; ++n) {
        equal += one(forged(n)) % 1024 == other(forged(n)) % 1024 ? 1 : 0;
    }
    BOOST_TEST(equal < 100, "two tables put " << equal << " of 10,000 addresses into the same of "
                                              << "1,024 buckets: their keys are not their own");
}

BOOST_AUTO_TEST_CASE(addresses_at_equal_distances_are_spread_whatever_the_keys) {
    for (int keys = 0; keys < 200; ++keys) {
        const AddressHash hash;
        std::bitset<1024> buckets;
        for (std::uint32_t n = 0; n < 10'000; ++n) {
            buckets.set(hash({boost::asio::ip::address_v4(n << 16U), 5000}) % 1024);
        }
        BOOST_TEST_REQUIRE(buckets.count() > 900U, "addresses that differ in their high bits only "
                                                       << "share " << buckets.count()
                                                       << " of 1,024 buckets");
    }
}

/// The same table, as it would be written if memory and time were free.
class Model {
public:
    explicit Model(ClientLimits limits) : limits_(limits) {}

    bool record(const udp::endpoint& address, TimePoint now) {
        std::erase_if(clients_, [&](const auto& entry) {
            return now - entry.second.last_seen >= limits_.expiry;
        });
        if (!clients_.contains(address)) {
            if (clients_.size() == limits_.max_clients) {
                clients_.erase(std::ranges::min_element(
                    clients_, {}, [](const auto& entry) { return entry.second.turn; }));
            }
            clients_[address] = {now, 0, static_cast<double>(limits_.rate)};
        }
        Entry& entry = clients_[address];
        const std::chrono::duration<double> silence = now - entry.last_seen;
        const double tokens = entry.tokens + silence.count() * limits_.rate;
        entry = {now, ++turn_, std::min<double>(limits_.rate, tokens)};
        if (entry.tokens < 1) {
            return false;
        }
        entry.tokens -= 1;
        return true;
    }
    [[nodiscard]] std::size_t size() const { return clients_.size(); }

private:
    struct Entry {
        TimePoint last_seen;
        std::uint64_t turn;
        double tokens;
    };
    ClientLimits limits_;
    std::map<udp::endpoint, Entry> clients_;
    std::uint64_t turn_ = 0;
};

BOOST_AUTO_TEST_CASE(a_table_does_what_a_simple_one_would) {
    std::mt19937 random(7);
    for (const ClientLimits& limits :
         {ClientLimits{.max_clients = 1, .expiry = 3ms, .rate = 1000},
          ClientLimits{.max_clients = 7, .expiry = 20ms, .rate = 300},
          ClientLimits{.max_clients = 40, .expiry = 5ms, .rate = 50}}) {
        ClientTable table(limits);
        Model model(limits);
        TimePoint time = start;
        for (int n = 0; n < 5000; ++n) {
            time += std::chrono::microseconds(random() % 1000);
            const udp::endpoint address = forged(random() % 30);
            BOOST_TEST_REQUIRE(table.record(address, time) == model.record(address, time));
            BOOST_TEST_REQUIRE(table.size() == model.size());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
