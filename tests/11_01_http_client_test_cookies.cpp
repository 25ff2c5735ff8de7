// Recipe 11.1, cookies: who may set them, to whom they are sent, how long and how many are kept.
//
// Compared with CPython 3.11's http.cookiejar and curl 7.88 on 92 journeys: all three end alike on
// 63, http.cookiejar departs from the jar on 27, curl on 11. Where that is against RFC 6265 or
// 6265bis:
// - http.cookiejar sends a host's cookie to the names below it, lets a domain be a public suffix,
//   takes 0.0.1 for a domain of 127.0.0.1, calls localhost localhost.local, knows no prefixes and
//   no limit, takes what has no name or has controls, holds the first of several domains, and reads
//   dates in some orders as none;
// - curl lets a host under co.uk. (with the root's dot) set cookies for all of co.uk., a host that
// is
//   a public suffix for the names below it, takes the path /p/ for /p, takes Max-Age=x and dates
//   that are malformed for an expiry in the past, reads dates that begin with a year or a time as
//   none, and refuses name and value of 4,096 bytes together.
//
// Files: each of the three reads what the others write. Python stops at a byte that is no UTF-8;
// curl writes a default path with a slash at its end.
#include <sys/stat.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "11_01_http_client/cookies/cookie_file.hpp"
#include "11_01_http_client/cookies/cookie_jar.hpp"
#include "11_01_http_client/cookies/set_cookie.hpp"
#include "common/cli/temporary_folder.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook::http_client;
using cookbook::testing::in_quotes;
using namespace std::chrono_literals;
using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr CookieTime today = std::chrono::sys_days(std::chrono::January / 1 / 2030);

Url url_of(std::string_view text) {
    return parse_url(text).value();
}

/// What goes to `to` after `from` has set these cookies.
std::string sent(std::string_view from, const std::vector<std::string_view>& set_cookies,
                 std::string_view to) {
    CookieJar jar;
    for (const std::string_view set_cookie : set_cookies) {
        jar.take(url_of(from), set_cookie, today);
    }
    return jar.field_for(url_of(to), today);
}

struct Journey {
    std::string_view from;
    std::string_view set_cookie;
    std::string_view to;
    bool is_sent;
    std::string_view rule;
};

void expect_journeys(const std::vector<Journey>& journeys) {
    for (const auto& [from, set_cookie, to, is_sent, rule] : journeys) {
        const std::string field = sent(from, {set_cookie}, to);
        BOOST_TEST(!field.empty() == is_sent, in_quotes(set_cookie)
                                                  << " from " << from << " was "
                                                  << (is_sent ? "not sent to " : "sent to ") << to
                                                  << ": " << rule);
    }
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_file(const std::string& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}

/// "name=value" of each.
std::string pairs_of(const std::vector<Cookie>& cookies) {
    std::string pairs;
    for (const Cookie& cookie : cookies) {
        pairs += (pairs.empty() ? "" : "; ") + cookie.name + "=" + cookie.value;
    }
    return pairs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client_cookies)

// --- Dates and fields ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(reads_dates_however_they_are_written) {
    using namespace std::chrono;
    const CookieTime expected = sys_days(November / 6 / 1994) + 8h + 49min + 37s;
    for (const auto text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
          "Sun Nov  6 08:49:37 1994", "6 nov 1994 8:49:37", "1994 6 November 08:49:37",
          "08:49:37 6 NOVEMBER 94", "06-Nov-1994,08:49:37", "Nov/6/1994/08:49:37",
          "x 08:49:37x5 6th novx 1994AD", "6 Nov 94 08:49:37 PST 1:2:3", "\t6\tNov\t1994\t8:49:37",
          "Thu, 6 Nov 1994 08:49:37 7 Dec 2000"}) {
        const auto date = parse_cookie_date(text);
        BOOST_TEST((date == expected), in_quotes(text) << " is that date (RFC 6265, 5.1.1)");
    }
    for (const auto& [text, year] : {std::pair("1 Jan 70 0:0:0"sv, 1970),
                                     {"1 Jan 69 0:0:0"sv, 2069},
                                     {"1 Jan 00 0:0:0"sv, 2000},
                                     {"1 Jan 099 0:0:0"sv, 1999},
                                     {"1 Jan 1601 0:0:0"sv, 1601},
                                     {"1 Jan 9999 0:0:0"sv, 9999}}) {
        const auto date = parse_cookie_date(text);
        BOOST_TEST_REQUIRE(date.has_value(), text);
        BOOST_TEST((*date == sys_days(January / 1 / year)), text << " is in " << year);
    }
}

/// AddressSanitizer sees it: Boost.Beast 1.81's iequals() reads one byte more if case differs.
BOOST_AUTO_TEST_CASE(reads_nothing_behind_a_field) {
    for (const auto field : {"a=b; Expires=6 1994 8:49:37 Nov"sv, "a=b; SECURE"sv}) {
        const std::vector<char> exactly(field.begin(), field.end());
        BOOST_TEST(parse_set_cookie({exactly.data(), exactly.size()}).has_value());
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_is_no_date) {
    for (const auto text : {"",
                            "0",
                            "06 Nov 1994",
                            "08:49:37 GMT",
                            "Nov 1994 08:49:37",
                            "06 1994 08:49:37",
                            "06 Nov 08:49:37",
                            "00 Nov 1994 08:49:37",
                            "32 Nov 1994 08:49:37",
                            "31 Nov 1994 08:49:37",
                            "29 Feb 2023 08:49:37",
                            "06 Nov 1600 08:49:37",
                            "06 Nov 1994 24:00:00",
                            "06 Nov 1994 08:60:00",
                            "06 Nov 1994 08:00:60",
                            "06 Nov 1994 08:49",
                            "06 Nov 1994 08:49:",
                            "06 Nov 1994 008:49:37",
                            "06 Nov 1994 08:49:377",
                            "006 Nov 1994 08:49:37",
                            "06 Nov 19945 08:49:37",
                            "06 Nov 4 08:49:37",
                            "06 No 1994 08:49:37",
                            "06Nov 1994 08:49:37"}) {
        BOOST_TEST(!parse_cookie_date(text).has_value(), in_quotes(text) << " is no date");
    }
}

BOOST_AUTO_TEST_CASE(splits_a_set_cookie) {
    const auto cookie = parse_set_cookie(
        " a = \"b=c, d\" ;PATH= /x ; Domain=.Example.COM;secure=1 ;; "
        "HTTPonly;Max-Age=60;SameSite=x");
    BOOST_TEST_REQUIRE(cookie.has_value());
    BOOST_TEST(cookie->name == "a");
    BOOST_TEST(cookie->value == "\"b=c, d\"", "quotes belong to the value");
    BOOST_TEST(cookie->path == "/x");
    BOOST_TEST(cookie->domain == "Example.COM");
    BOOST_TEST(cookie->secure);
    BOOST_TEST(cookie->http_only);
    BOOST_TEST((cookie->max_age == 60s));
    BOOST_TEST(parse_set_cookie("a=").value().value == "");
    BOOST_TEST(parse_set_cookie("a=\xc3\xa9").value().value == "\xc3\xa9");
    BOOST_TEST(parse_set_cookie("a=b; Path=x").value().path == "", "relative: as if not given");
    BOOST_TEST(parse_set_cookie("a=b; Path=/x; Path").value().path == "", "the last one holds");
    BOOST_TEST(parse_set_cookie("a=b; Domain=x; Domain=").value().domain == "x",
               "an empty domain is passed over (5.2.3)");
    BOOST_TEST(parse_set_cookie("a=b; Path=/" + std::string(1024, 'x')).value().path == "");
    for (const auto field :
         {""sv, "a"sv, ";"sv, "a; b=c"sv, "="sv, "=a"sv, " =a"sv, "\t=a"sv, "; a=b"sv, "a=b\r"sv,
          "a=b\n; x"sv, "a=\0"sv, "a\x7f=b"sv, "a=b; Path=/\x1f"sv}) {
        BOOST_TEST(!parse_set_cookie(field).has_value(), in_quotes(field) << " sets no cookie");
    }
}

BOOST_AUTO_TEST_CASE(max_age_is_a_number_of_any_size) {
    const auto age = [](std::string_view text) {
        return parse_set_cookie("a=b; Max-Age=" + std::string(text)).value().max_age;
    };
    BOOST_TEST((age("0") == 0s));
    BOOST_TEST((age("-1") == 0s));
    BOOST_TEST((age("-99999999999999999999") == 0s));
    BOOST_TEST((age("007") == 7s));
    BOOST_TEST((age("99999999999999999999") > 24h * 365 * 100));
    for (const auto text : {"", "x", "1x", "+1", "1.5", "--1", "1-"}) {
        BOOST_TEST((age(text) == std::nullopt), in_quotes(text) << " is not a number (5.2.2)");
    }
}

// --- Domains and paths ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_cookie_goes_to_the_host_that_set_it) {
    expect_journeys({
        {"http://a.com/", "x=1", "http://a.com/", true, "it is the same host"},
        {"http://a.com/", "x=1", "http://A.COM:8080/y?z", true, "ports and case do not matter"},
        {"http://a.com/", "x=1", "https://a.com/", true, "nor does the scheme"},
        {"http://a.com/", "x=1", "http://b.a.com/", false, "no Domain: this host alone"},
        {"http://b.a.com/", "x=1", "http://a.com/", false, "nobody named a domain"},
        {"http://a.com/", "x=1", "http://xa.com/", false, "another name that ends so"},
        {"http://localhost/", "x=1", "http://localhost/", true, "a name without dots is a host"},
        {"http://127.0.0.1/", "x=1", "http://127.0.0.1/", true, "an address is a host"},
        {"http://[::1]/", "x=1", "http://[0:0::1]/", true, "the same address"},
    });
}

BOOST_AUTO_TEST_CASE(a_domain_is_the_host_or_whole_labels_at_its_end) {
    expect_journeys({
        {"http://b.a.com/", "x=1; Domain=a.com", "http://a.com/", true, "RFC 6265, 5.1.3"},
        {"http://b.a.com/", "x=1; Domain=a.com", "http://c.d.a.com/", true, "all names below"},
        {"http://b.a.com/", "x=1; Domain=.A.com", "http://a.com/", true, "a dot, and case"},
        {"http://a.com/", "x=1; Domain=a.com", "http://b.a.com/", true, "the host's own name"},
        {"http://a.com/", "x=1; Domain=a.com", "http://xa.com/", false, "not by whole labels"},
        {"http://xa.com/", "x=1; Domain=a.com", "http://xa.com/", false, "not by whole labels"},
        {"http://a.com/", "x=1; Domain=b.com", "http://b.com/", false, "another's domain"},
        {"http://a.com/", "x=1; Domain=b.com", "http://a.com/", false, "it is no cookie at all"},
        {"http://a.com/", "x=1; Domain=b.a.com", "http://b.a.com/", false, "the host is above"},
        {"http://b.a.com/", "x=1; Domain=a.com.", "http://b.a.com/", false, "a name with a root"},
        {"http://b.a.com./", "x=1; Domain=a.com.", "http://c.a.com./", true, "names with a root"},
        {"http://a.com/", "x=1; Domain=", "http://a.com/", true, "an empty Domain is none"},
        {"http://a.com/", "x=1; Domain=", "http://b.a.com/", false, "an empty Domain is none"},
        {"http://a.com/", "x=1; Domain=a.com; Domain=b.com", "http://a.com/", false, "the last"},
        {"http://a.com/", "x=1; Domain=..a.com", "http://a.com/", false, "two dots name nobody"},
    });
}

BOOST_AUTO_TEST_CASE(a_public_suffix_is_nobodys_domain) {
    expect_journeys({
        {"http://a.com/", "x=1; Domain=com", "http://a.com/", false, "all .com would get it"},
        {"http://a.com./", "x=1; Domain=com.", "http://b.com./", false, "with the root's dot, too"},
        {"http://a.co.uk/", "x=1; Domain=co.uk", "http://b.co.uk/", false, "a suffix of two"},
        {"http://a.co.uk./", "x=1; Domain=co.uk.", "http://b.co.uk./", false, "and the dot"},
        {"http://a.github.io/", "x=1; Domain=github.io", "http://b.github.io/", false, "private"},
        {"http://a.b.unlisted/", "x=1; Domain=unlisted", "http://c.unlisted/", false, "top level"},
        {"http://a.localhost/", "x=1; Domain=localhost", "http://localhost/", false, "top level"},
        {"http://github.io/", "x=1; Domain=github.io", "http://github.io/", true,
         "a suffix may set cookies for itself"},
        {"http://github.io/", "x=1; Domain=github.io", "http://a.github.io/", false,
         "and for nobody else (RFC 6265, 5.3, 5)"},
        {"http://localhost/", "x=1; Domain=localhost", "http://localhost/", true, "itself"},
        {"http://localhost/", "x=1; Domain=localhost", "http://a.localhost/", false, "no other"},
        {"http://x.a.co.uk/", "x=1; Domain=a.co.uk", "http://y.a.co.uk/", true, "one's own"},
    });
}

BOOST_AUTO_TEST_CASE(an_address_has_no_names_below_it) {
    expect_journeys({
        {"http://127.0.0.1/", "x=1; Domain=127.0.0.1", "http://127.0.0.1/", true, "itself"},
        {"http://127.0.0.1/", "x=1; Domain=0.0.1", "http://1.0.0.1/", false, "no labels"},
        {"http://127.0.0.1/", "x=1; Domain=1", "http://127.0.0.1/", false, "no labels"},
        {"http://x.127.1./", "x=1; Domain=127.1.", "http://127.1./", false, "with a dot, too"},
        {"http://x.127.1/", "x=1; Domain=127.1", "http://127.1/", false, "another form of IPv4"},
        {"http://127.0.0.0x1/", "x=1; Domain=0.0x1", "http://1.0.0.0x1/", false, "hexadecimal"},
        {"http://a.0xa/", "x=1; Domain=a.0xa", "http://a.0xa/", true, "itself"},
        {"http://[::1]/", "x=1; Domain=::1", "http://[::1]/", true, "itself"},
        {"http://[::1]/", "x=1; Domain=[::1]", "http://[::1]/", false, "brackets are a URL's"},
    });
}

BOOST_AUTO_TEST_CASE(a_path_is_whole_segments) {
    expect_journeys({
        {"http://a.com/b", "x=1; Path=/b", "http://a.com/b", true, "RFC 6265, 5.1.4"},
        {"http://a.com/b", "x=1; Path=/b", "http://a.com/b/c", true, "a segment below"},
        {"http://a.com/b", "x=1; Path=/b", "http://a.com/b?c", true, "the query is not the path"},
        {"http://a.com/b", "x=1; Path=/b", "http://a.com/bc", false, "/bc is no part of /b"},
        {"http://a.com/b", "x=1; Path=/b/", "http://a.com/b", false, "/b is not below /b/"},
        {"http://a.com/b", "x=1; Path=/b/", "http://a.com/b/c", true, "/b/c is below /b/"},
        {"http://a.com/b", "x=1; Path=/c", "http://a.com/c", true, "a path protects nothing"},
        {"http://a.com/b", "x=1; Path=/B", "http://a.com/b", false, "paths have case"},
        {"http://a.com/b/c", "x=1", "http://a.com/b/d", true, "the default is the folder"},
        {"http://a.com/b/c", "x=1", "http://a.com/b", true, "the default is /b, not /b/"},
        {"http://a.com/b/c", "x=1", "http://a.com/", false, "the default is the folder"},
        {"http://a.com/b/c/", "x=1", "http://a.com/b/c", true, "the folder is /b/c"},
        {"http://a.com/b", "x=1", "http://a.com/", true, "the folder is /"},
        {"http://a.com/b/c", "x=1; Path=c", "http://a.com/b/", true, "relative: the default"},
        {"http://a.com/b/c", "x=1; Path=/; Path", "http://a.com/", false, "empty: the default"},
    });
}

// --- Secure, prefixes ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(secure_is_neither_taken_nor_sent_over_http) {
    expect_journeys({
        {"https://a.com/", "x=1; Secure", "https://a.com/", true, "https both ways"},
        {"https://a.com/", "x=1; Secure", "http://a.com/", false, "everybody could read it"},
        {"http://a.com/", "x=1; Secure", "https://a.com/", false, "anybody could have set it"},
        {"http://localhost/", "x=1; Secure", "http://localhost/", false, "http is http"},
    });
}

BOOST_AUTO_TEST_CASE(http_does_not_cover_a_secure_cookie) {
    CookieJar jar;
    jar.take(url_of("https://a.com/"), "x=secret; Secure; Domain=a.com; Path=/p", today);
    for (const auto& [from, set_cookie] :
         {std::pair("http://a.com/", "x=evil; Domain=a.com; Path=/p"),
          {"http://b.a.com/", "x=evil; Domain=a.com; Path=/p/q"},
          {"http://b.a.com/", "x=evil; Path=/p"},
          {"http://a.com/", "x=; Domain=a.com; Path=/p; Max-Age=0"}}) {
        jar.take(url_of(from), set_cookie, today);
    }
    BOOST_TEST(jar.field_for(url_of("https://b.a.com/p/q"), today) == "x=secret",
               "http set a cookie over one of https (RFC 6265bis, 5.7)");
    jar.take(url_of("http://a.com/"), "x=other; Path=/", today);
    BOOST_TEST(jar.field_for(url_of("https://a.com/p"), today) == "x=secret; x=other",
               "a shorter path covers nothing");
}

BOOST_AUTO_TEST_CASE(prefixes_keep_what_they_promise) {
    expect_journeys({
        {"https://a.com/", "__Secure-x=1; Secure", "https://a.com/", true, "it is secure"},
        {"https://a.com/", "__Secure-x=1", "https://a.com/", false, "it is not"},
        {"http://a.com/", "__Secure-x=1", "http://a.com/", false, "nor can it be"},
        {"https://a.com/", "__sEcUrE-x=1", "https://a.com/", false, "servers compare loosely"},
        {"https://a.com/b", "__Host-x=1; Secure; Path=/", "https://a.com/", true, "as promised"},
        {"https://a.com/", "__Host-x=1; Secure; Path=/; Domain=a.com", "https://a.com/", false,
         "other hosts of the domain could have set it"},
        {"https://127.0.0.1/", "__Host-x=1; Secure; Path=/; Domain=127.0.0.1", "https://127.0.0.1/",
         false, "no Domain at all, though an address has nobody below it (RFC 6265bis, 4.1.3.2)"},
        {"https://github.io/", "__Host-x=1; Secure; Path=/; Domain=github.io", "https://github.io/",
         false, "nor has a public suffix"},
        {"https://a.com/", "__Host-x=1; Secure; Path=/; Domain=", "https://a.com/", true,
         "an empty Domain is none"},
        {"https://a.com/b", "__Host-x=1; Secure; Path=/b", "https://a.com/b", false, "not for all"},
        {"https://a.com/", "__Host-x=1; Secure", "https://a.com/", false, "the path by default"},
        {"https://a.com/", "__Host-x=1; Path=/", "https://a.com/", false, "not secure"},
        {"https://a.com/", "__host-x=1; Path=/", "https://a.com/", false, "case does not help"},
        {"https://a.com/", "__Hostx=1", "https://a.com/", true, "no prefix"},
    });
}

// --- Time, order, limits -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(cookies_expire) {
    const Url url = url_of("http://a.com/");
    CookieJar jar;
    jar.take(url, "session=1", today);
    jar.take(url, "age=1; Max-Age=60", today);
    jar.take(url, "date=1; Expires=Tue, 01 Jan 2030 00:02:00 GMT", today);
    jar.take(url, "both=1; Max-Age=60; Expires=Tue, 01 Jan 2030 00:02:00 GMT", today);
    jar.take(url, "garbled=1; Expires=tomorrow", today);
    jar.take(url, "long=1; Max-Age=99999999999999999999", today);
    BOOST_TEST(jar.field_for(url, today + 60s) ==
               "session=1; age=1; date=1; both=1; garbled=1; long=1");
    BOOST_TEST(jar.field_for(url, today + 61s) == "session=1; date=1; garbled=1; long=1",
               "Max-Age comes before Expires, wherever it stands");
    BOOST_TEST(jar.field_for(url, today + 24h * 36500) == "session=1; garbled=1; long=1");
}

BOOST_AUTO_TEST_CASE(a_server_replaces_and_deletes_its_cookies) {
    const Url url = url_of("http://b.a.com/p/");
    CookieJar jar;
    for (const auto set_cookie : {"x=1", "y=1", "x=2", "z=1", "z=; Max-Age=0"}) {
        jar.take(url, set_cookie, today);
    }
    BOOST_TEST(jar.field_for(url, today) == "x=2; y=1", "x is as old as its first value");
    for (const auto set_cookie :
         {"x=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/", "x=; Max-Age=-1; Domain=a.com"}) {
        jar.take(url, set_cookie, today);
        BOOST_TEST(jar.field_for(url, today) == "x=2; y=1", "another path, another domain");
    }
    jar.take(url, "x=; Expires=Thu, 01 Jan 1970 00:00:00 GMT", today);
    BOOST_TEST(jar.field_for(url, today) == "y=1");
}

BOOST_AUTO_TEST_CASE(longer_paths_come_first_then_older_cookies) {
    BOOST_TEST(
        sent("http://a.com/b/c/d",
             {"e=1; Path=/", "f=1; Path=/b/c", "g=1; Path=/b", "h=1; Path=/b/c", "i=1; Path=/"},
             "http://a.com/b/c/d") == "f=1; h=1; g=1; e=1; i=1");
}

BOOST_AUTO_TEST_CASE(a_cookie_has_at_most_4096_bytes) {
    const std::string most = "x=" + std::string(4095, 'y');
    BOOST_TEST(sent("http://a.com/", {most}, "http://a.com/") == most);
    BOOST_TEST(sent("http://a.com/", {most + "y"}, "http://a.com/") == "");
    BOOST_TEST(sent("http://a.com/", {"x=1", most + "y"}, "http://a.com/") == "x=1",
               "one that is too large replaces nothing");
    BOOST_TEST(sent("http://a.com/", {"a\tb=1", "a=b\tc", "a=1; Path=/\tb", "\ta\t=\tb\t"},
                    "http://a.com/\tb"sv.substr(0, 13)) == "a=b",
               "a tab would break the file's lines; around names and values it is nothing");
}

BOOST_AUTO_TEST_CASE(a_request_carries_at_most_8_kib) {
    const std::string half(2044, 'y');
    const std::string field =
        sent("http://a.com/", {"a=" + half, "b=" + half, "c=" + half, "d=" + half, "e=1"},
             "http://a.com/");
    BOOST_TEST(field.size() == 4 * 2046 + 3 * 2U);
    BOOST_TEST(field.size() <= CookieJar::max_field);
}

BOOST_AUTO_TEST_CASE(a_domain_keeps_180_cookies) {
    const Url url = url_of("https://a.com/");
    CookieJar jar;
    jar.take(url, "secure=1; Secure; Path=/s", today);
    jar.take(url, "expired=1; Max-Age=1; Path=/e", today);
    jar.take(url, "used=1; Path=/u", today);
    for (int i = 0; i < 177; ++i) {
        jar.take(url, "c" + std::to_string(i) + "=1; Path=/c", today);
    }
    BOOST_TEST(jar.cookies(today).size() == 180U);
    BOOST_TEST(jar.field_for(url_of("http://a.com/u"), today) == "used=1");
    const auto keeps = [&](std::string_view name) {
        return std::ranges::count(jar.cookies(today), name, &Cookie::name) == 1;
    };
    jar.take(url, "new1=1", today + 2s);
    BOOST_TEST(jar.cookies(today).size() == 180U);
    BOOST_TEST(!keeps("expired"), "what has expired goes first");
    jar.take(url, "new2=1", today + 2s);
    BOOST_TEST(!keeps("c0"), "then what was not used for the longest time");
    BOOST_TEST((keeps("secure") && keeps("used") && keeps("c1")));
    jar.take(url_of("http://b.com/"), "x=1", today + 2s);
    BOOST_TEST((keeps("c1") && keeps("x")), "another domain has a limit of its own");
}

BOOST_AUTO_TEST_CASE(a_jar_keeps_3000_cookies) {
    CookieJar jar;
    for (int i = 0; i < 3001; ++i) {
        jar.take(url_of("http://h" + std::to_string(i / 100) + ".com/"),
                 "c" + std::to_string(i) + "=1", today);
    }
    const std::vector<Cookie> cookies = jar.cookies(today);
    BOOST_TEST(cookies.size() == 3000U);
    BOOST_TEST(cookies.front().name == "c1");
    BOOST_TEST(cookies.back().name == "c3000");
}

// --- Files ---------------------------------------------------------------------------------------

/// As curl 7.88's -c writes it: a session cookie expires at 0.
constexpr std::string_view curl_file =
    "# Netscape HTTP Cookie File\n"
    "# https://curl.se/docs/http-cookies.html\n"
    "# This file was generated by libcurl! Edit at your own risk.\n"
    "\n"
    "#HttpOnly_127.0.0.1\tFALSE\t/\tFALSE\t1924905600\thidden\t1\n"
    ".a.com\tTRUE\t/p\tTRUE\t1924905600\tshared\tx y\n"
    "a.com\tFALSE\t/\tFALSE\t0\tsession\tz\n";

BOOST_AUTO_TEST_CASE(reads_the_file_of_curl) {
    const std::vector<Cookie> cookies = parse_cookie_file(curl_file);
    const CookieTime expires(1924905600s);
    const std::vector<Cookie> expected = {
        {"hidden", "1", "127.0.0.1", "/", expires, true, false, true},
        {"shared", "x y", "a.com", "/p", expires, false, true, false},
        {"session", "z", "a.com", "/", std::nullopt, true, false, false},
    };
    BOOST_TEST((cookies == expected));
}

BOOST_AUTO_TEST_CASE(reads_the_file_of_python) {
    const std::string text =
        "# Netscape HTTP Cookie File\n"
        "# http://curl.haxx.se/rfc/cookie_spec.html\n"
        "# This is a generated file!  Do not edit.\n\n"
        ".a.com\tTRUE\t/\tFALSE\t1924905600\tb\tc\n"
        "#HttpOnly_a.com\tFALSE\t/\tFALSE\t\td\t\n"
        "a.com\tFALSE\t/\tFALSE\t1924905600\t\tnameless\n";
    BOOST_TEST(pairs_of(parse_cookie_file(text)) == "b=c; d=",
               "it writes no expiry for a session's cookie, and takes cookies without a name");
}

BOOST_AUTO_TEST_CASE(passes_over_lines_that_are_no_cookies) {
    for (const auto line :
         {"", "x", "#a.com\tFALSE\t/\tFALSE\t0\tx\t1", "$a.com", "a.com\tFALSE\t/\tFALSE\t0",
          "\tFALSE\t/\tFALSE\t0\tx\t1", ".\tTRUE\t/\tFALSE\t0\tx\t1",
          "a.com\tFALSE\t\tFALSE\t0\tx\t1", "a.com\tFALSE\tp\tFALSE\t0\tx\t1",
          "a.com\tFALSE\t/\tFALSE\tsoon\tx\t1", "a.com\tFALSE\t/\tFALSE\t0\tx\t1\t2",
          "a.com\tFALSE\t/\tFALSE\t0\tx\t\x01",
          "a.com\tFALSE\t/\tFALSE\t99999999999999999999\tx\t1",
          "a.com\tFALSE\t/\tFALSE\t0\t__Secure-x\t1", "a.com FALSE / FALSE 0 x 1"}) {
        BOOST_TEST(parse_cookie_file(line).empty(), in_quotes(line) << " is no cookie");
    }
    BOOST_TEST(pairs_of(parse_cookie_file("a.com\tFALSE\t/\tFALSE\t0\tx\r\n\n"
                                          "a.com\tFALSE\t/\tFALSE\t0\ty\t1\r\n"
                                          "a.com\tFALSE\t/\tFALSE\t0\tz\t2")) == "x=; y=1; z=2",
               "line ends of every kind, and a value that is missing with its tab");
}

BOOST_AUTO_TEST_CASE(a_file_cannot_share_what_a_server_could_not) {
    CookieJar jar;
    for (const Cookie& cookie : parse_cookie_file(".co.uk\tTRUE\t/\tFALSE\t0\tx\t1\n"
                                                  ".127.0.0.1\tTRUE\t/\tFALSE\t0\tx\t1\n"
                                                  ".a.com\tTRUE\t/\tFALSE\t1\texpired\t1\n"
                                                  ".a.com\tTRUE\t/\tFALSE\t0\tx\t1\n")) {
        jar.add(cookie, today);
    }
    BOOST_TEST(jar.field_for(url_of("http://b.co.uk/"), today) == "", "co.uk is everybody's");
    BOOST_TEST(jar.field_for(url_of("http://127.0.0.1/"), today) == "x=1");
    BOOST_TEST(jar.field_for(url_of("http://b.a.com/"), today) == "x=1");
}

BOOST_AUTO_TEST_CASE(a_jar_goes_into_a_file_and_back) {
    const cookbook::TemporaryFolder folder;
    const std::string path = folder.file("jar");
    CookieJar jar;
    read_cookies(jar, path);
    BOOST_TEST(jar.cookies().empty(), "no file, no cookies");
    const Url url = url_of("https://b.a.com/p/q");
    for (const auto set_cookie :
         {"a=1; Max-Age=1000000", "b=\"2, 3\"; Max-Age=1000000; Domain=a.com; Path=/; Secure",
          "c=; Max-Age=1000000; HttpOnly", "session=1"}) {
        jar.take(url, set_cookie);
    }
    write_cookies(jar, path);
    CookieJar again;
    read_cookies(again, path);
    std::vector<Cookie> kept = jar.cookies();
    kept.pop_back();
    BOOST_TEST((again.cookies() == kept), "all come back but those of the session");
    struct stat status{};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 07777U) == 0600U, "cookies are as good as passwords");
    BOOST_TEST(content_of(path).starts_with("# Netscape HTTP Cookie File\n"),
               "MozillaCookieJar takes no file that begins otherwise");
    const std::string link = folder.file("link");
    std::filesystem::create_symlink("jar", link);
    write_cookies(CookieJar(), link);
    BOOST_TEST(std::filesystem::is_symlink(link));
    CookieJar emptied;
    read_cookies(emptied, path);
    BOOST_TEST(emptied.cookies().empty(), "what is written to a link goes where it leads");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_ours_stays_whole) {
    const cookbook::TemporaryFolder folder;
    const std::string path = folder.file("letter");
    write_file(path, "Dear Ann,\n\ncookies!\n");
    CookieJar jar;
    BOOST_CHECK_EXCEPTION(read_cookies(jar, path), std::runtime_error,
                          [&](const std::runtime_error& error) {
                              return error.what() == path + " is not a file of cookies";
                          });
    for (const auto text : {"", "\n", "# Netscape HTTP Cookie File\nodd line\n",
                            "# HTTP Cookie File", "a.com\tFALSE\t/\tFALSE\t0\tx\t1"}) {
        write_file(path, text);
        BOOST_CHECK_NO_THROW(read_cookies(jar, path));
    }
    BOOST_CHECK_EXCEPTION(read_cookies(jar, folder.file("")), std::system_error,
                          [&](const std::system_error& error) {
                              return error.what() == "read " + folder.file("") + ": Is a directory";
                          });
    BOOST_CHECK_THROW(write_cookies(jar, folder.file("no/such/folder")), std::system_error);
    const std::string pipe = folder.file("pipe");
    BOOST_TEST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    write_cookies(jar, pipe);
    BOOST_TEST(std::filesystem::is_fifo(pipe), "a file took its place; think of /dev/null");
}

BOOST_AUTO_TEST_SUITE_END()
