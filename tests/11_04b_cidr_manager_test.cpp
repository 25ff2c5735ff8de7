// 11.4b CIDR manager: sets of addresses, free blocks, packing, and a router's table.
#include <fmt/format.h>

#include <algorithm>
#include <bitset>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "11_04b_cidr_manager/free_space.hpp"
#include "11_04b_cidr_manager/packing.hpp"
#include "11_04b_cidr_manager/prefix_table.hpp"
#include "11_04b_cidr_manager/request_error.hpp"
#include "11_04b_cidr_manager/table_file.hpp"
#include "11_04b_cidr_manager_plan.hpp"
#include "support/says.hpp"

using namespace cookbook::cidr_manager;
using namespace cookbook::cidr_manager::testing;
using cookbook::testing::says;

namespace {

constexpr uint128 last_v6 = ~uint128{0};
constexpr uint128 last_v4 = 0xFFFFFFFF;

Texts collapsed(const Texts& texts) {
    return texts_of_all(collapse(networks_of(texts)));
}

void expect_texts(const Texts& found, const Texts& expected, const std::string& rule) {
    BOOST_TEST(found == expected, rule);
}

void expect_ranges(const Ranges& found, const std::string& expected, const std::string& rule) {
    std::string text;
    for (const Range& range : found) {
        text += fmt::format("{}{}-{}", text.empty() ? "" : " ", range.first, range.last);
    }
    BOOST_TEST(text == expected, "merge() returned " << text << ": " << rule);
}

std::string block_at(Version version, uint128 first, uint128 last) {
    return to_string(largest_block(version, {first, last}));
}

/// The addresses of 10.0.0.0/26, one bit each.
using Bitmap = std::bitset<64>;

Bitmap bits_of(const Network& network) {
    Bitmap bits;
    for (const Address& address : network) {
        bits.set(static_cast<std::size_t>(address.bits() & 63));
    }
    return bits;
}

Bitmap bits_of(const std::vector<Network>& networks) {
    Bitmap bits;
    for (const Network& network : networks) {
        bits |= bits_of(network);
    }
    return bits;
}

const Network small_pool = Network::parse("10.0.0.0/26");

/// The maximal free aligned blocks of the small pool, by trying all.
std::vector<Network> free_blocks_by_force(const Bitmap& used) {
    std::vector<Network> blocks;
    const auto is_free = [&](const Network& network) { return (bits_of(network) & used).none(); };
    for (int length = 26; length <= 32; ++length) {
        for (const Network& block : small_pool.subnets(length)) {
            if (is_free(block) && (length == 26 || !is_free(block.supernet()))) {
                blocks.push_back(block);
            }
        }
    }
    std::ranges::sort(blocks);
    return blocks;
}

/// The smallest of them that is large enough, the lowest of equals.
std::optional<Network> best_fit_by_force(const Bitmap& used, int prefix_length) {
    std::optional<Network> best;
    for (const Network& block : free_blocks_by_force(used)) {
        if (block.prefix_length() <= prefix_length &&
            (!best || block.prefix_length() > best->prefix_length())) {
            best = block;
        }
    }
    return best ? std::optional(Network(best->network_address(), prefix_length)) : best;
}

std::string text_of_optional(const std::optional<Network>& network) {
    return network ? to_string(*network) : "nothing";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cidr_manager)

// --- Step 1: merge sorted ranges
// ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(merges_ranges_that_overlap) {
    expect_ranges(merge({{10, 20}, {12, 15}, {15, 30}}), "10-30", "ranges that overlap are one");
    expect_ranges(merge({{10, 30}, {12, 15}}), "10-30",
                  "a range that ends inside the one before must not make that shorter");
    expect_ranges(merge({}), "", "of nothing comes nothing");
}

BOOST_AUTO_TEST_CASE(merges_ranges_in_any_order) {
    expect_ranges(merge({{40, 50}, {10, 20}, {45, 60}, {5, 12}}), "5-20 40-60",
                  "ranges must be sorted before they are merged");
}

BOOST_AUTO_TEST_CASE(merges_ranges_that_touch) {
    expect_ranges(
        merge({{10, 20}, {21, 30}}), "10-30",
        "no address lies between 20 and 21: two ranges would collapse to too many networks");
    expect_ranges(merge({{10, 20}, {22, 30}}), "10-20 22-30", "21 belongs to neither");
}

BOOST_AUTO_TEST_CASE(merges_up_to_the_last_address) {
    BOOST_TEST(merge({{5, last_v6}, {6, 7}, {0, 0}}).size() == 2U,
               "after the last address of IPv6, last + 1 wraps around to 0");
    BOOST_TEST(merge({{0, last_v6 - 1}, {last_v6, last_v6}}).size() == 1U,
               "the last address is next to the one before");
}

// --- Step 2: the largest block at an address
// ------------------------------------------------------

BOOST_AUTO_TEST_CASE(collapses_networks_that_overlap) {
    expect_texts(collapsed({"10.0.0.0/24", "10.0.0.0/25", "10.0.0.7", "10.0.0.0/24"}),
                 {"10.0.0.0/24"}, "what lies inside another network adds nothing");
    expect_texts(collapsed({"10.0.0.128/25", "10.0.0.0/8", "10.255.255.0/24"}), {"10.0.0.0/8"},
                 "a range that ends inside the one before must not make that shorter");
    expect_texts(collapsed({}), {}, "nothing collapses to nothing");
}

BOOST_AUTO_TEST_CASE(collapses_networks_in_any_order) {
    expect_texts(collapsed({"10.0.3.0/24", "10.0.0.0/24", "10.0.2.0/24", "10.0.1.0/24"}),
                 {"10.0.0.0/22"}, "ranges must be sorted before they are merged");
}

BOOST_AUTO_TEST_CASE(collapses_networks_that_touch) {
    expect_texts(collapsed({"10.0.0.0/25", "10.0.0.128/25"}), {"10.0.0.0/24"},
                 "no address lies between 10.0.0.127 and 10.0.0.128: the ranges are one");
    expect_texts(collapsed({"10.0.1.0/24", "10.0.2.0/24"}), {"10.0.1.0/24", "10.0.2.0/24"},
                 "10.0.1.0/23 would not be aligned");
    expect_texts(collapsed({"10.0.0.0/24", "10.0.2.0/24"}), {"10.0.0.0/24", "10.0.2.0/24"},
                 "256 addresses between them belong to neither");
}

BOOST_AUTO_TEST_CASE(collapses_up_to_the_last_address) {
    expect_texts(collapsed({"255.255.255.255", "255.255.255.254", "0.0.0.0"}),
                 {"0.0.0.0/32", "255.255.255.254/31"},
                 "there is no address after 255.255.255.255, so 0.0.0.0 is not next to it");
    expect_texts(collapsed({"::/1", "8000::/1", "::1"}), {"::/0"},
                 "::/0 has 2^128 addresses: keep its last, its end does not fit in 128 bits");
    expect_texts(collapsed({"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}),
                 {"::/128", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"},
                 "last + 1 wraps around to 0");
}

BOOST_AUTO_TEST_CASE(keeps_versions_apart) {
    expect_texts(collapsed({"::/0", "10.0.0.0/8", "::a00:0/104"}), {"10.0.0.0/8", "::/0"},
                 "the same number is another address in another version; IPv4 comes first");
}

BOOST_AUTO_TEST_CASE(a_block_begins_at_a_multiple_of_its_size) {
    BOOST_TEST(block_at(Version::v4, 4, last_v4) == "0.0.0.4/30",
               "a network of 8 addresses cannot begin at 0.0.0.4: 4 is no multiple of 8");
    BOOST_TEST(block_at(Version::v4, 1, last_v4) == "0.0.0.1/32", "an odd address is a /32");
    BOOST_TEST(block_at(Version::v6, uint128{1} << 100, last_v6) == "0:10::/28",
               "alignment is counted in all 128 bits");
}

BOOST_AUTO_TEST_CASE(a_block_ends_within_its_range) {
    BOOST_TEST(block_at(Version::v4, 0, 6) == "0.0.0.0/30",
               "of 7 addresses a network can have 4, not 8");
    BOOST_TEST(block_at(Version::v4, 0, 7) == "0.0.0.0/29", "8 addresses are a /29");
    BOOST_TEST(block_at(Version::v4, 0, 0) == "0.0.0.0/32", "one address is a /32");
    BOOST_TEST(block_at(Version::v4, 0xFFFFFF00, last_v4) == "255.255.255.0/24",
               "the last address belongs to a network like any other");
    BOOST_TEST(block_at(Version::v6, 0, last_v6 - 1) == "::/1",
               "without its last address, ::/0 is two networks and more");
}

BOOST_AUTO_TEST_CASE(a_block_may_have_all_addresses) {
    BOOST_TEST(block_at(Version::v4, 0, last_v4) == "0.0.0.0/0",
               "2^32 addresses: the size does not fit in 32 bits");
    BOOST_TEST(block_at(Version::v6, 0, last_v6) == "::/0",
               "2^128 addresses: the size wraps to 0 in 128 bits");
}

BOOST_AUTO_TEST_CASE(covers_a_range_with_the_fewest_blocks) {
    std::vector<Network> blocks;
    append_blocks(Version::v4, {{0x0A000001, 0x0A000009}}, blocks);
    expect_texts(texts_of_all(blocks), {"10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/30", "10.0.0.8/31"},
                 "each block as large as alignment and range allow");
    blocks.clear();
    append_blocks(Version::v6, {{1, last_v6 - 1}}, blocks);
    BOOST_TEST(blocks.size() == 254U, "all of IPv6 but both ends is 254 networks");
}

BOOST_AUTO_TEST_CASE(agrees_with_a_bitmap) {
    Dice dice(1);
    for (int n = 0; n < 2000; ++n) {
        std::vector<Network> some(static_cast<std::size_t>(dice(0, 12)));
        std::vector<Network> minus(static_cast<std::size_t>(dice(0, 12)));
        std::ranges::generate(some, [&] { return random_network(dice, 28); });
        std::ranges::generate(minus, [&] { return random_network(dice, 28); });
        const Bitmap expected = bits_of(some) & ~bits_of(minus);
        const std::vector<Network> left = exclude(some, minus);
        BOOST_TEST_REQUIRE(bits_of(left) == expected, "a set difference has wrong addresses");
        BOOST_TEST_REQUIRE((left == free_blocks_by_force(~expected)),
                           "a set is more networks than it needs, or they are not in order");
        const Ranges both = intersect(ranges_of(Version::v4, some), ranges_of(Version::v4, minus));
        BOOST_TEST_REQUIRE(count_addresses(both) ==
                           std::to_string((bits_of(some) & bits_of(minus)).count()));
    }
}

BOOST_AUTO_TEST_CASE(counts_all_addresses) {
    BOOST_TEST(count_addresses({}) == "0");
    BOOST_TEST(count_addresses({{0, last_v4}}) == "4294967296");
    BOOST_TEST(count_addresses({{0, last_v6}}) == "340282366920938463463374607431768211456");
    BOOST_TEST(approximate_size({{0, last_v6}}) == 0x1p128);
}

// --- Step 3: best fit
// -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(finds_the_smallest_block_that_is_large_enough) {
    const auto used = networks_of({"10.0.0.0/27", "10.0.0.48/28"});
    FreeSpace free(small_pool, used);
    BOOST_TEST(text_of_optional(free.find(28)) == "10.0.0.32/28",
               "10.0.0.32/28 fits exactly: to cut a larger block makes that useless for others");
    const auto at_the_end = networks_of({"10.0.0.32/28"});
    BOOST_TEST(text_of_optional(FreeSpace(small_pool, at_the_end).find(30)) == "10.0.0.48/30",
               "first fit would cut 10.0.0.0/27, though 10.0.0.48/28 is large enough");
}

BOOST_AUTO_TEST_CASE(finds_the_lowest_of_equal_blocks) {
    const auto used = networks_of({"10.0.0.0/28", "10.0.0.32/28"});
    BOOST_TEST(text_of_optional(FreeSpace(small_pool, used).find(29)) == "10.0.0.16/29",
               "of two equal blocks the lower one is cut, from its beginning");
}

BOOST_AUTO_TEST_CASE(finds_nothing_where_no_block_is_large_enough) {
    const auto used = networks_of({"10.0.0.16/28", "10.0.0.32/28"});
    FreeSpace free(small_pool, used);
    BOOST_TEST(!free.find(27), "32 addresses are free, but not in one aligned block");
    BOOST_TEST(!free.find(20), "a pool has no network that is larger than itself");
    BOOST_TEST(!FreeSpace(small_pool, networks_of({"10.0.0.0/8"})).find(32),
               "all of the pool is used");
    BOOST_TEST(text_of_optional(FreeSpace(Network::parse("::/0")).find(0)) == "::/0",
               "all of IPv6 may be free");
}

BOOST_AUTO_TEST_CASE(best_fit_agrees_with_a_bitmap) {
    Dice dice(2);
    for (int n = 0; n < 1000; ++n) {
        std::vector<Network> used(static_cast<std::size_t>(dice(0, 10)));
        std::ranges::generate(used, [&] { return random_network(dice, 28); });
        const FreeSpace free(small_pool, used);
        BOOST_TEST_REQUIRE((free.blocks() == free_blocks_by_force(bits_of(used))),
                           "the free blocks are not the maximal ones");
        for (int length = 26; length <= 32; ++length) {
            BOOST_TEST_REQUIRE(text_of_optional(free.find(length)) ==
                               text_of_optional(best_fit_by_force(bits_of(used), length)));
        }
    }
}

BOOST_AUTO_TEST_CASE(best_fit_is_found_without_the_blocks) {
    Dice dice(5);
    for (int n = 0; n < 1000; ++n) {
        std::vector<Network> used(static_cast<std::size_t>(dice(0, 10)));
        std::ranges::generate(used, [&] { return random_network(dice, 28); });
        for (int length = 24; length <= 32; ++length) {
            BOOST_TEST_REQUIRE(text_of_optional(best_fit(small_pool, used, length)) ==
                               text_of_optional(best_fit_by_force(bits_of(used), length)));
        }
    }
    BOOST_TEST(!best_fit(small_pool, {}, -1), "there is no network for so many hosts");
}

BOOST_AUTO_TEST_CASE(free_blocks_are_kept_up_to_date) {
    Dice dice(3);
    FreeSpace free(small_pool);
    std::vector<Network> used;
    for (int n = 0; n < 5000; ++n) {
        const Network network = random_network(dice);
        const auto found = std::ranges::find(used, network);
        if (found != used.end()) {
            free.give_back(network);
            used.erase(found);
        } else if ((bits_of(network) & bits_of(used)).none()) {
            free.take(network);
            used.push_back(network);
        }
        BOOST_TEST_REQUIRE((free.blocks() == free_blocks_by_force(bits_of(used))),
                           "halves that are both free must be one block again");
    }
}

// --- Networks in networks
// -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(finds_the_smallest_network_around_each) {
    using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;
    const auto overlaps = [](const Texts& texts) { return find_overlaps(networks_of(texts)); };
    BOOST_TEST((overlaps({"10.0.0.0/8", "10.0.0.0/24", "10.0.0.0/24", "10.0.0.7", "::/0",
                          "10.0.0.0/8"}) == Pairs{{1, 5}, {2, 1}, {3, 2}, {5, 0}}));
    BOOST_TEST((overlaps({"10.0.0.0/25", "10.0.0.128/25", "10.0.1.0/24"}).empty()),
               "neighbours have no address in common");
    BOOST_TEST((overlaps({"10.0.0.7", "10.0.0.0/30", "10.0.0.4/30", "10.0.0.0/8"}) ==
                Pairs{{0, 2}, {1, 3}, {2, 3}}));
}

BOOST_AUTO_TEST_CASE(overlaps_agree_with_trying_all) {
    Dice dice(4);
    for (int n = 0; n < 500; ++n) {
        std::vector<Network> networks(static_cast<std::size_t>(dice(0, 20)));
        std::ranges::generate(networks, [&] { return random_network(dice); });
        std::vector<std::pair<std::size_t, std::size_t>> expected;
        for (std::size_t i = 0; i < networks.size(); ++i) {
            std::optional<std::size_t> best;
            for (std::size_t j = 0; j < networks.size(); ++j) {
                const bool contains = j != i && networks[i].subnet_of(networks[j]) &&
                                      (networks[i] != networks[j] || j < i);
                if (contains &&
                    (!best || networks[j].prefix_length() >= networks[*best].prefix_length())) {
                    best = j;
                }
            }
            if (best) {
                expected.emplace_back(i, *best);
            }
        }
        BOOST_TEST_REQUIRE((find_overlaps(networks) == expected));
    }
}

BOOST_AUTO_TEST_CASE(packs_networks_whenever_their_sum_fits) {
    Dice dice(5);
    for (int n = 0; n < 1000; ++n) {
        std::vector<std::int64_t> hosts(static_cast<std::size_t>(dice(1, 8)));
        std::ranges::generate(hosts, [&] { return dice(1, 30); });
        std::size_t sum = 0;
        for (const std::int64_t count : hosts) {
            sum += std::size_t{1} << (32 - prefix_for_hosts(Version::v4, count));
        }
        if (sum > 64) {
            BOOST_CHECK_THROW(pack(small_pool, hosts), RequestError);
            continue;
        }
        const std::vector<Network> packed = pack(small_pool, hosts);
        const Bitmap bits = bits_of(packed);
        BOOST_TEST_REQUIRE(bits.count() == sum, "two of the networks overlap");
        BOOST_TEST_REQUIRE(bits.to_ullong() == (sum == 64 ? ~0ULL : (1ULL << sum) - 1),
                           "a gap is left before the last network");
    }
}

BOOST_AUTO_TEST_CASE(a_network_has_room_for_its_hosts) {
    const auto length = [](Version version, std::int64_t hosts) {
        return prefix_for_hosts(version, hosts);
    };
    BOOST_TEST(length(Version::v4, 1) == 30, "one host, network and broadcast address: three");
    BOOST_TEST(length(Version::v4, 2) == 30);
    BOOST_TEST(length(Version::v4, 3) == 29);
    BOOST_TEST(length(Version::v4, 254) == 24);
    BOOST_TEST(length(Version::v4, 255) == 23);
    BOOST_TEST(length(Version::v6, 1) == 127, "IPv6 has no broadcast address, but the routers'");
    BOOST_TEST(length(Version::v6, 3) == 126);
    BOOST_TEST(length(Version::v6, 4) == 125);
    BOOST_TEST(length(Version::v4, 4294967294) == 0);
    BOOST_TEST(length(Version::v4, 4294967295) < 0, "IPv4 has no network for so many");
}

// --- The prefix table
// -----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_longest_prefix_wins) {
    const PrefixTable table({{Network::parse("0.0.0.0/0"), "default"},
                             {Network::parse("10.0.0.0/8"), "ten"},
                             {Network::parse("10.0.0.0/24"), "first"},
                             {Network::parse("10.0.0.0/24"), "last"},
                             {Network::parse("255.255.255.255"), "end"},
                             {Network::parse("2001:db8::/32"), "documentation"}});
    const std::pair<const char*, const char*> look_ups[] = {
        {"10.0.0.77", "10.0.0.77 10.0.0.0/24 last"},
        {"10.0.1.0", "10.0.1.0 10.0.0.0/8 ten"},
        {"11.0.0.0", "11.0.0.0 0.0.0.0/0 default"},
        {"9.255.255.255", "9.255.255.255 0.0.0.0/0 default"},
        {"255.255.255.255", "255.255.255.255 255.255.255.255/32 end"},
        {"255.255.255.254", "255.255.255.254 0.0.0.0/0 default"},
        {"2001:db8::1", "2001:db8::1 2001:db8::/32 documentation"},
        {"2001:db9::", "2001:db9:: -"},
        {"::1", "::1 -"},
        {"ffff::", "ffff:: -"},
        {"10.0.0.256", "10.0.0.256 ! '10.0.0.256' does not appear to be an IPv4 or IPv6 address"},
    };
    for (const auto& [address, line] : look_ups) {
        BOOST_TEST(look_up(table, address) == line);
    }
    BOOST_TEST(look_up(PrefixTable({}), "10.0.0.1") == "10.0.0.1 -");
}

/// Prefixes close together, of three kinds; in every other table far from another one, so that all
/// of them are in one slot.
std::vector<PrefixTable::Entry> random_table(Dice& dice, bool far) {
    constexpr uint128 high = uint128{0x2001'0db8} << 96;
    std::vector<PrefixTable::Entry> entries;
    const auto add = [&](const Network& prefix) {
        entries.push_back({prefix, std::to_string(entries.size())});
    };
    for (int i = dice(0, 30); i > 0; --i) {
        add(random_network(dice));
        const auto bits = static_cast<unsigned>(dice(0, 63));
        add({Address::v6(high | bits), dice(120, 128), HostBits::clear});
        add({Address::v6(high | uint128{bits} << 64), dice(56, 64), HostBits::clear});
    }
    if (far) {
        add(Network::parse("200.0.0.0/8"));
        add(Network::parse("3fff::/20"));
        add(Network::parse("3fff::1"));
    }
    return entries;
}

const PrefixTable::Entry* longest_by_force(const std::vector<PrefixTable::Entry>& entries,
                                           const Address& address) {
    const PrefixTable::Entry* best = nullptr;
    for (const PrefixTable::Entry& entry : entries) {
        if (entry.prefix.contains(address) &&
            (best == nullptr || entry.prefix.prefix_length() >= best->prefix.prefix_length())) {
            best = &entry;
        }
    }
    return best;
}

BOOST_AUTO_TEST_CASE(the_table_agrees_with_trying_all) {
    Dice dice(6);
    for (int n = 0; n < 200; ++n) {
        const auto entries = random_table(dice, n % 2 == 0);
        const PrefixTable table(entries);
        for (unsigned low = 0; low < 66; ++low) {
            const uint128 high = uint128{0x2001'0db8} << 96;
            for (const Address& address :
                 {Address::v4(0x09FFFFFF + low), Address::v6(high + low - 1),
                  Address::v6(high + (uint128{low} << 64) - 1), Address::v4(0xC8000000 + low - 1),
                  Address::v6((uint128{0x3fff} << 112) + low - 1)}) {
                const PrefixTable::Entry* best = longest_by_force(entries, address);
                const PrefixTable::Entry* found = table.find(address);
                BOOST_TEST_REQUIRE((found == nullptr) == (best == nullptr));
                BOOST_TEST_REQUIRE((best == nullptr || found->value == best->value));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(reads_a_table) {
    std::istringstream good("10.0.0.1/8\tto the left \n2001:db8::/32 b\n");
    const auto entries = read_table(good, "table");
    BOOST_TEST_REQUIRE(entries.size() == 2U);
    BOOST_TEST(to_string(entries[0].prefix) == "10.0.0.0/8");
    BOOST_TEST(entries[0].value == "to the left");
    std::istringstream no_network("10.0.0.0/8 a\n10.0.0.0/33 b\n");
    BOOST_CHECK_EXCEPTION(
        read_table(no_network, "table"), std::runtime_error,
        says("table:2: '10.0.0.0/33' does not appear to be an IPv4 or IPv6 network"));
    std::istringstream no_value("10.0.0.0/8 a\n10.0.0.0/9\n");
    BOOST_CHECK_EXCEPTION(read_table(no_value, "table"), std::runtime_error,
                          says("table:2: the prefix has no value"));
}

BOOST_AUTO_TEST_SUITE_END()
