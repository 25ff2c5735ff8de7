// Recipe 11.4: text to bits, bits to text, and networks as ranges; all beside what CPython 3.13.0
// says, which tests/interop/11_04_cidr_addresses_golden.jsonl keeps.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <ranges>
#include <string>
#include <unordered_set>
#include <vector>

#include "11_04_cidr_addresses/admission.hpp"
#include "11_04_cidr_addresses/info.hpp"
#include "11_04_cidr_addresses/interface.hpp"
#include "11_04_cidr_addresses/parse.hpp"
#include "11_04_cidr_addresses/text.hpp"

namespace {

using namespace cookbook::cidr_addresses;

static_assert(std::ranges::random_access_range<Network>);
static_assert(std::ranges::random_access_range<Subnets>);
static_assert(std::ranges::common_range<Network> && std::ranges::sized_range<Network>);
static_assert(std::totally_ordered<Address> && std::totally_ordered<Network> &&
              std::totally_ordered<Interface>);

// All but reading and writing text can be had at compile time.
constexpr Network documentation{Address::v4(0xC0000200), 24};
static_assert(documentation[0] == Address::v4(0xC0000200));
static_assert(documentation[-1] == documentation.broadcast_address());
static_assert(documentation.end() - documentation.begin() == 256);
static_assert(documentation.size() == 256);
static_assert(Address::v6(1).scope_id().empty());

const Network everything{Address::v6(0), 0};

template <typename Range>
std::vector<std::string> texts_of(const Range& range) {
    std::vector<std::string> texts;
    for (const auto& item : range) {
        texts.push_back(to_string(item));
    }
    return texts;
}

using Texts = std::vector<std::string>;

template <typename Call>
std::string message_of(Call call) {
    try {
        call();
    } catch (const ParseError& error) {
        return error.message();
    } catch (const std::exception& error) {
        return error.what();
    }
    return "no error";
}

constexpr uint128 make_uint128(std::uint64_t high, std::uint64_t low) {
    return uint128{high} << 64 | low;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cidr_addresses)

// --- Step 1: a dotted quad -----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_four_octets) {
    const std::pair<const char*, std::uint32_t> quads[] = {{"192.0.2.1", 0xC0000201},
                                                           {"0.0.0.0", 0},
                                                           {"255.255.255.255", 0xFFFFFFFF},
                                                           {"10.9.100.20", 0x0A096414}};
    for (const auto& [text, bits] : quads) {
        const auto parsed = parse_dotted_quad(text);
        BOOST_TEST_REQUIRE(parsed.has_value(),
                           "parse_dotted_quad() refused "
                               << text
                               << ": four decimal octets are an IPv4 address (RFC 6943 3.1.1)");
        BOOST_TEST(*parsed == bits, text << " became " << to_string(Address::v4(*parsed))
                                         << ": the first octet is the most significant one");
    }
}

BOOST_AUTO_TEST_CASE(refuses_leading_zeros) {
    for (const char* text : {"192.168.010.1", "00.0.0.0", "1.2.3.04", "1.2.3.000"}) {
        BOOST_TEST(!parse_dotted_quad(text),
                   "parse_dotted_quad() took "
                       << text
                       << ": inet_aton reads 010 as 8, others as 10, so that a filter and a socket "
                          "can mean different hosts");
    }
    BOOST_TEST(parse_dotted_quad("0.10.0.100").has_value(),
               "parse_dotted_quad() refused 0.10.0.100: a lone 0 is no leading zero");
}

BOOST_AUTO_TEST_CASE(refuses_numbers_above_255) {
    BOOST_TEST(parse_dotted_quad("1.2.255.4").has_value(),
               "parse_dotted_quad() refused 1.2.255.4: eight bits hold 255");
    for (const char* text : {"1.2.3.256", "256.0.0.0", "1.999.3.4", "1.2.1000.4"}) {
        BOOST_TEST(!parse_dotted_quad(text),
                   "parse_dotted_quad() took " << text << ": an octet has eight bits");
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_left_over) {
    for (const char* text : {"1.2.3.4.", "1.2.3.4.5", "1.2.3.4 ", "1.2.3.4\n", "1.2.3.4x"}) {
        BOOST_TEST(!parse_dotted_quad(text), "parse_dotted_quad() took '"
                                                 << text
                                                 << "': all of the text must be the address");
    }
    for (const char* text : {"", ".", "1", "1.2.3", "1.2.3.", ".1.2.3", "1..2.3", "-1.2.3.4",
                             "+1.2.3.4", "0x1.2.3.4", " 1.2.3.4"}) {
        BOOST_TEST(!parse_dotted_quad(text),
                   "parse_dotted_quad() took '"
                       << text << "': there must be four octets of digits, nothing else");
    }
}

// --- Step 2: netmasks and hostmasks --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_a_netmask) {
    BOOST_TEST((parse_prefix_length(Version::v4, "255.255.255.0") == 24),
               "/255.255.255.0 must be /24: as many ones as there are on the left");
    BOOST_TEST((parse_prefix_length(Version::v4, "255.255.255.255") == 32),
               "/255.255.255.255 must be /32");
    BOOST_TEST((parse_prefix_length(Version::v4, "0.0.0.0") == 0),
               "/0.0.0.0 must be /0: it is a netmask and a hostmask, and counts as the netmask");
}

BOOST_AUTO_TEST_CASE(takes_a_hostmask) {
    BOOST_TEST((parse_prefix_length(Version::v4, "0.0.0.255") == 24),
               "/0.0.0.255 must be /24: routers' access lists write the mask inverted");
    BOOST_TEST((parse_prefix_length(Version::v4, "127.255.255.255") == 1),
               "/127.255.255.255 must be /1");
}

BOOST_AUTO_TEST_CASE(refuses_a_mask_with_holes) {
    for (const char* mask : {"255.0.255.0", "0.255.0.255", "255.255.255.1", "128.0.0.1"}) {
        BOOST_TEST(
            !parse_prefix_length(Version::v4, mask),
            "/" << mask
                << " was taken: its ones are in several places, so it is the mask of no prefix");
    }
}

// --- Step 3: contains ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(has_its_own_addresses) {
    const Network network(Address::v4(0x7B2D4340), 27);  // 123.45.67.64/27
    for (const std::uint32_t inside : {0x7B2D4340U, 0x7B2D4345U, 0x7B2D435FU}) {
        BOOST_TEST(network.contains(Address::v4(inside)),
                   to_string(network) << " denies having " << to_string(Address::v4(inside)));
    }
    for (const std::uint32_t outside : {0x7B2D433FU, 0x7B2D4360U, 0U}) {
        BOOST_TEST(!network.contains(Address::v4(outside)),
                   to_string(network) << " claims " << to_string(Address::v4(outside))
                                      << ": the bits under the mask must all agree");
    }
    BOOST_TEST(everything.contains(Address::v6(~uint128{0})),
               "::/0 must have every IPv6 address: no bit has to agree");
}

BOOST_AUTO_TEST_CASE(has_no_address_of_the_other_version) {
    BOOST_TEST(!Network(Address::v4(0), 8).contains(Address::v6(1)),
               "0.0.0.0/8 claims ::1: the number is in it, but the address is of another version");
    BOOST_TEST(!everything.contains(Address::v4(1)),
               "::/0 claims 0.0.0.1: an IPv4 address is in no IPv6 network");
}

BOOST_AUTO_TEST_CASE(overlaps_what_shares_an_address) {
    const Network ten(Address::v4(0x0A000000), 8);
    const Network part(Address::v4(0x0A010000), 16);
    const Network other(Address::v4(0x0B000000), 8);
    BOOST_TEST((ten.overlaps(part) && part.overlaps(ten)),
               "10.0.0.0/8 and 10.1.0.0/16 overlap, whoever is asked");
    BOOST_TEST(!ten.overlaps(other), "10.0.0.0/8 and 11.0.0.0/8 share no address");
    BOOST_TEST((part.subnet_of(ten) && !ten.subnet_of(part)),
               "10.1.0.0/16 is a subnet of 10.0.0.0/8, not the reverse");
}

// --- Step 4: hosts -------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(leaves_out_network_and_broadcast) {
    const auto hosts = Network(Address::v4(0x0A000000), 29).hosts();
    BOOST_TEST(hosts.front() == Address::v4(0x0A000001),
               "hosts() of 10.0.0.0/29 begin with "
                   << to_string(hosts.front())
                   << ": the network's own address is no host's (RFC 1122 3.2.1.3)");
    BOOST_TEST(hosts.back() == Address::v4(0x0A000006),
               "hosts() of 10.0.0.0/29 end with "
                   << to_string(hosts.back())
                   << ": the broadcast address is no host's (RFC 1122 3.2.1.3)");
    BOOST_TEST(
        (Network(Address::v4(0x0A000000), 29).hosts().size() == 6),
        "hosts() of 10.0.0.0/29 must be the six between 10.0.0.0 and 10.0.0.7 (RFC 1122 3.2.1.3)");
}

BOOST_AUTO_TEST_CASE(ipv6_has_no_broadcast) {
    const auto hosts = Network(Address::v6(make_uint128(0x20010DB8'00000000, 0)), 125).hosts();
    BOOST_TEST(((hosts.front().bits() & 7) == 1),
               "hosts() of an IPv6 network must leave out the first address, the routers' anycast "
               "address (RFC 4291 2.6.1)");
    BOOST_TEST((hosts.size() == 7),
               "hosts() of an IPv6 /125 must have 7 addresses: IPv6 has no broadcast address to "
               "leave out");
}

BOOST_AUTO_TEST_CASE(keeps_both_ends_of_a_link) {
    for (const Network& network :
         {Network(Address::v4(0x0A000000), 31), Network(Address::v6(0x10), 127)}) {
        BOOST_TEST((network.hosts().size() == 2),
                   "hosts() of " << to_string(network)
                                 << " must have both addresses: on a link between two routers each "
                                    "is a host's (RFC 3021, RFC 6164)");
    }
    BOOST_TEST((Network(Address::v4(0x0A000001), 32).hosts().size() == 1),
               "hosts() of 10.0.0.1/32 must have that one address");
}

// --- Step 5: "::" --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(shortens_the_longest_run_of_zeros) {
    BOOST_TEST(
        to_string(Address::v6(make_uint128(0x20010DB8'00000001, 1))) == "2001:db8:0:1::1",
        "2001:db8:0:1:0:0:0:1: \"::\" must stand for the longest run of zeros (RFC 5952 4.2.3)");
    BOOST_TEST(to_string(Address::v6(0)) == "::", "the address of zeros alone must be \"::\"");
    BOOST_TEST(to_string(Address::v6(make_uint128(0x20010DB8'00000000, 0))) == "2001:db8::",
               "a run at the end must be shortened too");
}

BOOST_AUTO_TEST_CASE(shortens_the_first_of_two_equal_runs) {
    BOOST_TEST(to_string(Address::v6(make_uint128(0x20010DB8'00000000, 0x00010000'00000001))) ==
                   "2001:db8::1:0:0:1",
               "2001:db8:0:0:1:0:0:1: of equal runs the first is shortened (RFC 5952 4.2.3)");
}

BOOST_AUTO_TEST_CASE(leaves_a_lone_zero_alone) {
    BOOST_TEST(to_string(Address::v6(make_uint128(0x20010DB8'00000001, 0x00010001'00010001))) ==
                   "2001:db8:0:1:1:1:1:1",
               "2001:db8:0:1:1:1:1:1: \"::\" must not stand for one group alone (RFC 5952 4.2.2)");
}

// --- All of it, beside CPython -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(agrees_with_cpython) {
    namespace json = boost::json;
    std::string path = __FILE__;
    path.replace(path.rfind('/'), path.npos, "/interop/11_04_cidr_addresses_golden.jsonl");
    std::ifstream file(path);
    BOOST_TEST_REQUIRE(file.is_open(), "cannot read " << path);
    const auto says_the_same = [](const std::string& text, const json::value& expected,
                                  const json::value& answer, const char* what) {
        BOOST_TEST((answer == expected), what << " of " << text << " is\n  " << answer
                                              << "\nwhere CPython 3.13.0 says\n  " << expected);
    };
    int lines = 0;
    for (std::string line; std::getline(file, line); ++lines) {
        const json::object golden = json::parse(line).as_object();
        const std::string text(golden.at("text").as_string());
        const json::value strict = json::parse(info(text, HostBits::refuse));
        const json::value lenient = json::parse(info(text, HostBits::clear));
        for (const char* part : {"address", "network", "interface"}) {
            says_the_same(text, golden.at(part), strict.at(part), part);
        }
        const char* const lenient_key = golden.contains("lenient") ? "lenient" : "network";
        says_the_same(text, golden.at(lenient_key), lenient.at("network"), "lenient network");

        const std::pair<const char*, std::function<void()>> constructors[] = {
            {"address_v4", [&] { Address::parse_v4(text); }},
            {"address_v6", [&] { Address::parse_v6(text); }},
            {"network_v4", [&] { Network::parse_v4(text); }},
            {"network_v6", [&] { Network::parse_v6(text); }},
            {"interface_v4", [&] { Interface::parse_v4(text); }},
            {"interface_v6", [&] { Interface::parse_v6(text); }},
        };
        for (const auto& [name, construct] : constructors) {
            const json::value& error = golden.at(name);
            says_the_same(text, error.is_null() ? "no error" : error,
                          json::value(message_of(construct)), name);
        }
    }
    BOOST_TEST(lines > 300);
}

// --- What is no part of the exercise -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(is_indexed_from_both_ends) {
    BOOST_TEST(everything[0] == Address::v6(0));
    BOOST_TEST(everything[-1] == Address::v6(~uint128{0}));
    const Network network(Address::v4(0x0A000000), 30);
    BOOST_TEST(network[3] == network[-1]);
    BOOST_TEST(network[0] == network[-4]);
    for (const int index : {4, -5}) {
        BOOST_TEST(message_of([&] { (void)network[index]; }) == "address out of range");
    }
    const int128 least = static_cast<int128>(uint128{1} << 127);
    BOOST_TEST(everything[least] == Address::v6(uint128{1} << 127));
    BOOST_TEST(message_of([&] { (void)network[least]; }) == "address out of range");
}

BOOST_AUTO_TEST_CASE(walks_over_all_there_is) {
    BOOST_TEST((everything.begin() != everything.end()));
    BOOST_TEST(*(everything.end() - 1) == everything[-1]);
    auto last = everything.begin();
    last += static_cast<int128>(~uint128{0} >> 1);
    last += static_cast<int128>(~uint128{0} >> 1);
    BOOST_TEST((++last == everything.end() - 1 + 1 - 1));
    BOOST_TEST((++last == everything.end()));
    BOOST_TEST((--last + 1 > last));
    BOOST_TEST(message_of([] { (void)(everything.end() - everything.begin()); }) ==
               "the distance has more than 127 bits");
    BOOST_TEST(message_of([] { (void)everything.size(); }) == "::/0 has 2^128 addresses");
    BOOST_TEST(everything.num_addresses() == "340282366920938463463374607431768211456");
    const Network quarter(Address::v6(0), 2);
    BOOST_TEST((quarter.end() - quarter.begin() == int128{1} << 126));
    BOOST_TEST((quarter.begin() - quarter.end() == -(int128{1} << 126)));
    const Network top(Address::v6(uint128{0xF} << 124), 4);  // its end needs the 129th bit
    BOOST_TEST((top.end() - top.begin() == int128{1} << 124));
    BOOST_TEST(texts_of(Network(Address::v4(0xFFFFFFFE), 31)) ==
                   (Texts{"255.255.255.254", "255.255.255.255"}),
               boost::test_tools::per_element());
    const auto found = std::ranges::lower_bound(documentation, Address::v4(0xC0000263));
    BOOST_TEST(*found == Address::v4(0xC0000263));
}

BOOST_AUTO_TEST_CASE(is_cut_into_subnets_and_widened) {
    const Network network(Address::v4(0xC0000200), 24);
    BOOST_TEST(texts_of(network.subnets(26)) ==
                   (Texts{"192.0.2.0/26", "192.0.2.64/26", "192.0.2.128/26", "192.0.2.192/26"}),
               boost::test_tools::per_element());
    BOOST_TEST(network.subnets()[1] == Network(Address::v4(0xC0000280), 25));
    BOOST_TEST(everything.subnets(128).begin()[5] == Network(Address::v6(5), 128));
    BOOST_TEST((everything.subnets(0).front() == everything));
    BOOST_TEST(*(everything.subnets(64).end() - 1) == Network(everything[-1], 64, HostBits::clear));
    BOOST_TEST(network.supernet() == Network(Address::v4(0xC0000200), 23));
    BOOST_TEST(network.supernet(8) == Network(Address::v4(0xC0000000), 8));
    BOOST_TEST(everything.supernet() == everything);
    const Network host(Address::v4(1), 32);
    BOOST_TEST((host.subnets().size() == 1));
    BOOST_TEST(message_of([&] { (void)network.subnets(23); }) == "new prefix must be longer");
    BOOST_TEST(message_of([&] { (void)network.subnets(33); }) ==
               "prefix length diff 33 is invalid for netblock 192.0.2.0/24");
    BOOST_TEST(message_of([&] { (void)network.supernet(25); }) == "new prefix must be shorter");
    BOOST_TEST(message_of([&] { (void)network.supernet(-1); }) ==
               "current prefixlen is 24, cannot have a prefixlen_diff of 25");
}

BOOST_AUTO_TEST_CASE(is_ordered_and_hashed) {
    std::vector<Address> addresses = {Address(Version::v6, 1, ScopeId("b")), Address::v6(1),
                                      Address::v4(9), Address(Version::v6, 1, ScopeId("a")),
                                      Address::v6(0)};
    std::ranges::sort(addresses);
    BOOST_TEST(texts_of(addresses) == (Texts{"0.0.0.9", "::", "::1", "::1%a", "::1%b"}),
               boost::test_tools::per_element());
    BOOST_TEST((Network(Address::v4(0), 8) < Network(Address::v4(0), 9)));
    BOOST_TEST((Interface(Address::v4(9), 24) < Interface(Address::v4(1), 25)));
    const std::unordered_set<Address> set(addresses.begin(), addresses.end());
    BOOST_TEST(set.size() == addresses.size());
    std::unordered_set<std::size_t> hashes;
    for (const Address& address : Network(Address::v4(0x0A000000), 16)) {
        hashes.insert(std::hash<Address>()(address));
    }
    BOOST_TEST(hashes.size() == 65536U, "neighbours must not share a hash");
    BOOST_TEST((std::hash<Network>()(documentation) != std::hash<Network>()(everything)));
}

BOOST_AUTO_TEST_CASE(writes_no_more_than_there_is_room_for) {
    const Address address = Address::v6(~uint128{0});
    std::array<char, 64> room{};
    for (std::size_t size = 0; size < room.size(); ++size) {
        room.fill('?');
        const auto [end, error] = to_chars(room.data(), room.data() + size, address);
        BOOST_TEST((error == std::errc()) == (size >= 39));
        BOOST_TEST(std::count(room.begin() + static_cast<std::ptrdiff_t>(size), room.end(), '?') ==
                   static_cast<std::ptrdiff_t>(room.size() - size));
        if (error == std::errc()) {
            BOOST_TEST(std::string(room.data(), end) == to_string(address));
        }
    }
}

BOOST_AUTO_TEST_CASE(admits_by_address) {
    const auto peer = [](const char* text) {
        return peer_address(boost::asio::ip::make_address(text));
    };
    const Admission open;
    BOOST_TEST(open.admits(peer("192.0.2.1")));
    const Admission local{
        .allow = {Network(Address::v4(0x7F000000), 8), Network(Address::v6(1), 128)},
        .deny = {Network(Address::v4(0x7F000100), 24)}};
    BOOST_TEST(local.admits(peer("127.0.0.2")));
    BOOST_TEST(local.admits(peer("::ffff:127.0.0.2")));
    BOOST_TEST(local.admits(peer("::1")));
    BOOST_TEST(!local.admits(peer("127.0.1.2")));
    BOOST_TEST(!local.admits(peer("::ffff:127.0.1.2")));
    BOOST_TEST(!local.admits(peer("192.0.2.1")));
    BOOST_TEST(!local.admits(peer("2001:db8::1")));
}

BOOST_AUTO_TEST_SUITE_END()
