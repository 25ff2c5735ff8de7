// 11.15 Control plane: which addresses a pool may give out, and how the database has them.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "11_04_cidr_addresses/text/text.hpp"
#include "11_15_control_plane/pool.hpp"

using namespace cookbook::control_plane;
namespace cidr_addresses = cookbook::cidr_addresses;

namespace {

/// "192.0.2.1-192.0.2.254", several with blanks between them.
std::string usable(const std::string& cidr, std::vector<std::string> reserved = {}) {
    const Pool pool{.name = "p", .cidr = Network::parse(cidr), .reserved = std::move(reserved)};
    std::string text;
    for (const auto& [first, last] : usable_addresses(pool)) {
        text += (text.empty() ? "" : " ") + to_string(Address(pool.cidr.version(), first)) + "-" +
                to_string(Address(pool.cidr.version(), last));
    }
    return text;
}

bool is_reserved_text(Version version, std::string_view text) {
    try {
        (void)parse_reserved(version, text);
        return true;
    } catch (const cidr_addresses::ParseError&) {
        return false;
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_plane_pools)

BOOST_AUTO_TEST_CASE(leaves_out_what_is_no_hosts) {
    BOOST_TEST(usable("192.0.2.0/24") == "192.0.2.1-192.0.2.254",
               "neither the network's own address nor the broadcast address");
    BOOST_TEST(usable("192.0.2.4/30") == "192.0.2.5-192.0.2.6");
    BOOST_TEST(usable("192.0.2.4/31") == "192.0.2.4-192.0.2.5", "RFC 3021");
    BOOST_TEST(usable("192.0.2.4/32") == "192.0.2.4-192.0.2.4");
    BOOST_TEST(usable("0.0.0.0/0") == "0.0.0.1-255.255.255.254");
    BOOST_TEST(usable("255.255.255.254/31") == "255.255.255.254-255.255.255.255");
    BOOST_TEST(usable("2001:db8::/64") == "2001:db8::1-2001:db8::ffff:ffff:ffff:ffff",
               "not the routers' anycast address, but the last is a host's");
    BOOST_TEST(usable("2001:db8::4/126") == "2001:db8::5-2001:db8::7");
    BOOST_TEST(usable("2001:db8::4/127") == "2001:db8::4-2001:db8::5", "RFC 6164");
    BOOST_TEST(usable("2001:db8::4/128") == "2001:db8::4-2001:db8::4");
    BOOST_TEST(usable("::/0") == "::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

BOOST_AUTO_TEST_CASE(leaves_out_what_is_reserved) {
    BOOST_TEST(usable("192.0.2.0/29", {"192.0.2.1"}) == "192.0.2.2-192.0.2.6");
    BOOST_TEST(usable("192.0.2.0/28", {"192.0.2.8/30", "192.0.2.3-192.0.2.4", "192.0.2.5"}) ==
               "192.0.2.1-192.0.2.2 192.0.2.6-192.0.2.7 192.0.2.12-192.0.2.14");
    BOOST_TEST(
        usable("192.0.2.0/30", {"192.0.2.1", "10.0.0.0/8", "192.0.2.2-255.255.255.255"}) == "",
        "what lies outside does no harm, and all may be reserved");
    BOOST_TEST(usable("::/126", {"::-::1", "::3"}) == "::2-::2");
    BOOST_TEST(usable("::/0", {"::/1", "8000::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe"}) ==
               "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

BOOST_AUTO_TEST_CASE(refuses_what_reserves_nothing) {
    for (const char* text : {"192.0.2.1", "192.0.2.1-192.0.2.1", "192.0.2.0/24", "0.0.0.0/0"}) {
        BOOST_TEST(is_reserved_text(Version::v4, text), text);
        BOOST_TEST(!is_reserved_text(Version::v6, text), text << " is of the other version");
    }
    for (const char* text : {"::1", "::1-::2", "2001:db8::/64", "::ffff:192.0.2.1"}) {
        BOOST_TEST(is_reserved_text(Version::v6, text), text);
        BOOST_TEST(!is_reserved_text(Version::v4, text), text << " is of the other version");
    }
    for (const char* text :
         {"", "-", "192.0.2.1-", "-192.0.2.1", "192.0.2.2-192.0.2.1", "192.0.2.1-::1", "192.0.2",
          "192.0.2.1/24", "192.0.2.1 ", "192.0.2.1,192.0.2.2", "192.0.2.1-192.0.2.2-192.0.2.3",
          "192.0.2.0/24-192.0.2.9", "192.0.2.01", "x"}) {
        BOOST_TEST(!is_reserved_text(Version::v4, text), "'" << text << "'");
    }
    for (const char* text : {"fe80::1%eth0", "fe80::%a,b/64", "fe80::1%a-fe80::2", "::1/64"}) {
        BOOST_TEST(!is_reserved_text(Version::v6, text), text);
    }
}

BOOST_AUTO_TEST_CASE(knows_the_names_of_pools) {
    for (const std::string& name :
         {std::string("a"), std::string("rack-1.example"), std::string(64, '0')}) {
        BOOST_TEST(is_pool_name(name), name);
    }
    for (const std::string& name :
         {std::string(), std::string("A"), std::string("a_b"), std::string("a/b"),
          std::string("a b"), std::string("\xc3\xa4"), std::string("a\0", 2), std::string(65, 'a'),
          std::string("."), std::string("..")}) {
        BOOST_TEST(!is_pool_name(name), "'" << name << "'");
    }
}

BOOST_AUTO_TEST_CASE(keys_sort_as_addresses_do) {
    const std::vector<Address> sorted = {Address::parse("0.0.0.0"),
                                         Address::parse("9.255.255.255"),
                                         Address::parse("10.0.0.0"),
                                         Address::parse("255.255.255.255"),
                                         Address::parse("::"),
                                         Address::parse("::ffff:10.0.0.0"),
                                         Address::parse("1::"),
                                         Address::parse("2001:db8::9"),
                                         Address::parse("2001:db8::a"),
                                         Address::parse("fe80::ffff:ffff:ffff:fffe"),
                                         Address::parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")};
    std::vector<std::string> keys;
    for (const Address& address : sorted) {
        keys.push_back(to_key(address));
        BOOST_TEST(keys.back().size() == 33U);
        BOOST_TEST(from_key(keys.back()) == address, keys.back());
    }
    BOOST_TEST((std::ranges::adjacent_find(keys, std::ranges::greater_equal()) == keys.end()),
               "texts must sort as addresses do, or a page of leases is in no order");
    BOOST_TEST(to_key(Address::parse("fe80::1%eth0")) == to_key(Address::parse("fe80::1")));
}

BOOST_AUTO_TEST_SUITE_END()
