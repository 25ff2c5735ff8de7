// Recipe 11.1, URLs: what is taken and what is refused, and where a Location leads.
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "11_01_http_client/message/url.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook::http_client;
using cookbook::testing::in_quotes;
using namespace std::string_literals;
using namespace std::string_view_literals;

/// A URL as it is shown, or why it is refused.
std::string shown(const boost::system::result<Url>& url) {
    return url ? to_string(*url) : url.error().message();
}

void expect_refusal(std::string_view text, UrlError reason) {
    const auto url = parse_url(text);
    BOOST_TEST((!url && url.error() == reason),
               in_quotes(text) << " became " << shown(url) << ", it is refused because "
                               << make_error_code(reason).message());
}

void expect_resolved(std::string_view base, std::string_view reference, std::string_view expected) {
    const std::string resolved = shown(resolve(parse_url(base).value(), reference));
    BOOST_TEST(resolved == expected, "Location " << in_quotes(reference) << " in a response for "
                                                 << base << " leads to " << resolved << ", not to "
                                                 << expected << " (RFC 3986, 5.2)");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client_url)

BOOST_AUTO_TEST_CASE(parses_the_parts_of_a_url) {
    const Url url = parse_url("HTTPS://ann:s%40cret@Example.COM:8443/a/b?c=d&e#f").value();
    BOOST_TEST(url.origin.is_https);
    BOOST_TEST(url.origin.host == "example.com", "hosts have no case");
    BOOST_TEST(url.origin.port == 8443);
    BOOST_TEST_REQUIRE(url.credentials.has_value());
    BOOST_TEST(url.credentials->user == "ann");
    BOOST_TEST(url.credentials->password == "s@cret", "%40 is an @ that delimits nothing");
    BOOST_TEST(url.path == "/a/b");
    BOOST_TEST(url.query.value() == "c=d&e");
    BOOST_TEST(url.fragment.value() == "f");
}

BOOST_AUTO_TEST_CASE(writes_a_url_for_each_place) {
    const Url url = parse_url("http://ann:secret@h:8080/a?b#c").value();
    BOOST_TEST(to_string(url) == "http://h:8080/a?b#c", "a password is never shown");
    BOOST_TEST(origin_form(url) == "/a?b", "a fragment is never sent");
    BOOST_TEST(absolute_form(url) == "http://h:8080/a?b");
    BOOST_TEST(host_field(url.origin) == "h:8080");
    BOOST_TEST(authority_form(url.origin) == "h:8080");
    const Url v6 = parse_url("https://[0:0::1]").value();
    BOOST_TEST(to_string(v6) == "https://[::1]/");
    BOOST_TEST(host_field(v6.origin) == "[::1]", "the port is the scheme's own");
    BOOST_TEST(authority_form(v6.origin) == "[::1]:443");
}

BOOST_AUTO_TEST_CASE(same_origin_is_scheme_host_and_port) {
    const auto origin = [](std::string_view text) { return parse_url(text).value().origin; };
    BOOST_TEST((origin("http://H") == origin("HTTP://u:p@h:80/x?y")));
    BOOST_TEST((origin("http://h:") == origin("http://h:0080")));
    BOOST_TEST((origin("https://[::1]") == origin("https://[0:0:0:0:0:0:0:1]:443")));
    for (const auto other : {"https://h", "http://h:81", "http://h.", "http://x.h"}) {
        BOOST_TEST((origin("http://h") != origin(other)), other << " is not http://h");
    }
}

BOOST_AUTO_TEST_CASE(keeps_what_it_may_and_encodes_what_it_must) {
    const struct {
        std::string_view text, shown;
    } cases[] = {
        {"http://h", "http://h/"},
        {"http://h?", "http://h/?"},
        {"http://h#", "http://h/#"},
        {"http://h?a=http://x/y", "http://h/?a=http://x/y"},
        {"http://h/a//b/", "http://h/a//b/"},
        {"http://h/a;b=1,2/$&'()*+:@!~-._", "http://h/a;b=1,2/$&'()*+:@!~-._"},
        {"http://h/%7e%zz%", "http://h/%7e%zz%"},
        {"http://h/[x]?[y]#a#b", "http://h/[x]?[y]#a#b"},
        {"http://h/\"<>\\^`{|}?\"<>\\^`{|}#\"<>\\^`{|}",
         "http://h/%22%3C%3E%5C%5E%60%7B%7C%7D?%22%3C%3E%5C%5E%60%7B%7C%7D#%22%3C%3E%5C%5E%60%7B%"
         "7C%7D"},
        {"http://h/\xc3\xa9?\xff", "http://h/%C3%A9?%FF"},
        {"http://h/a/./b/../c/%2e%2e/d", "http://h/a/c/%2e%2e/d"},
        {"http://h/../../a/..", "http://h/"},
        {"http://u@h/", "http://h/"},
        {"http://@h/", "http://h/"},
        {"http://a_b-c.~:1/", "http://a_b-c.~:1/"},
        {"http://[::FFFF:1.2.3.4]:65535/", "http://[::ffff:1.2.3.4]:65535/"},
    };
    for (const auto& [text, expected] : cases) {
        const std::string url = shown(parse_url(text));
        BOOST_TEST(url == expected, in_quotes(text) << " became " << url << ", not " << expected);
    }
}

BOOST_AUTO_TEST_CASE(refuses_what_could_be_read_in_two_ways) {
    for (const auto text : {"", "h", "/path", "//h/", "localhost:80/", "127.0.0.1:80/", "ftp://h/",
                            "httpx://h/", "file:///etc/passwd", "http", "://h", "1http://h"}) {
        expect_refusal(text, UrlError::scheme);
    }
    for (const auto text : {"http:",
                            "http:/",
                            "http://",
                            "http:///x",
                            "http:h",
                            "http:/h",
                            "http:\\\\h\\x",
                            "http://:80/",
                            "http://u@",
                            "http://h\\x",

                            "http://h%0d%0aX:1/",
                            "http://%68/",
                            "http://h*",
                            "http://h,g",
                            "http://\xc3\xa9/",
                            "http://[::1",
                            "http://::1/",
                            "http://[]/",
                            "http://[1.2.3.4]/",
                            "http://[::1]x/",
                            "http://[fe80::1%25eth0]/",
                            "http://[v1.x]/",
                            "http://h]/",
                            "http://x[::1]/"}) {
        expect_refusal(text, UrlError::host);
    }
    for (const auto text : {"http://h:x/", "http://h:65536/", "http://h:-1/", "http://h:+1/",
                            "http://h:1:2/", "http://h:0x50/", "http://h:%38/", "http://[::1]:x"}) {
        expect_refusal(text, UrlError::port);
    }
    for (const auto text : {"http://a@b@h/", "http://a:b@c@h/", "http://a:%zz@h/", "http://%0a@h/",
                            "http://a:b%00@h/", "http://a\"b@h/", "http://a\\b@h/",
                            "http://h\\@evil/", "http://[a]@h/"}) {
        expect_refusal(text, UrlError::credentials);
    }
    for (const auto text : {"http://h/a b", " http://h/", "http://h /", "http://h/#a b"}) {
        expect_refusal(text, UrlError::space);
    }
    for (const auto text : {"http://h/\r\nX: y"sv, "http://h/\0"sv, "http://h/\t"sv,
                            "http://h/?\x7f"sv, "http://h/#\x01"sv, "\x01http://h/"sv}) {
        expect_refusal(text, UrlError::control_character);
    }
}

/// Why the authority is split by hand. If this fails, Boost.URL may have learned it.
BOOST_AUTO_TEST_CASE(reads_no_address_at_the_start_of_a_name) {
    const std::string_view text = "http://127.0.0.1.evil.example:80/";
    BOOST_TEST(parse_url(text).value().origin.host == "127.0.0.1.evil.example");
    BOOST_TEST(parse_url("http://1.2.3.4x/").value().origin.host == "1.2.3.4x");
    BOOST_TEST(parse_url("http://1.2.3.256/").value().origin.host == "1.2.3.256");
}

/// RFC 3986, 5.4. CPython 3.11's urllib.parse.urljoin() resolves these alike, but for the slash
/// after a bare host; so does curl 7.88, but for "#s", where it drops file and query, and "".
/// Elsewhere both depart from the RFC: neither keeps an empty query ("?"), nor both slashes of
/// "..//x"; urljoin() takes "http:g" for a relative reference and keeps the dot segments of
/// "//g/../x"; curl puts a host into "///x".
BOOST_AUTO_TEST_CASE(resolves_the_examples_of_rfc_3986) {
    const struct {
        std::string_view reference, expected;
    } cases[] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q#s"},
        {"g#s", "http://a/b/c/g#s"},
        {"g?y#s", "http://a/b/c/g?y#s"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y#s"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/./x", "http://a/b/c/g#s/./x"},
        {"g#s/../x", "http://a/b/c/g#s/../x"},
    };
    for (const auto& [reference, expected] : cases) {
        expect_resolved("http://a/b/c/d;p?q", reference, expected);
    }
}

BOOST_AUTO_TEST_CASE(resolves_what_servers_send_as_location) {
    expect_resolved("https://a/", "//b:1/c", "https://b:1/c");
    expect_resolved("http://a/", "https://b", "https://b/");
    expect_resolved("http://a/", "HTTPS://B/x/../y", "https://b/y");
    expect_resolved("http://a/b/", "c d?e f", "http://a/b/c%20d?e%20f");
    expect_resolved("http://a/b", "\xe2\x82\xac\"<>\\^`{|}",
                    "http://a/%E2%82%AC%22%3C%3E%5C%5E%60%7B%7C%7D");
    expect_resolved("http://a/b", "c%20d", "http://a/c%20d");
    expect_resolved("http://a/b/c/d", "..//x", "http://a/b//x");
    expect_resolved("http://a/b?c", "?", "http://a/b?");
    expect_resolved("http://a/b/", "1:c", "http://a/b/1:c");
    expect_resolved("http://a/", "\\\\evil/", "http://a/%5C%5Cevil/");
}

BOOST_AUTO_TEST_CASE(a_location_without_a_fragment_inherits_one) {
    expect_resolved("http://a/b#s", "c", "http://a/c#s");
    expect_resolved("http://a/b#s", "http://x/", "http://x/#s");
    expect_resolved("http://a/b#s", "c#", "http://a/c#");
    expect_resolved("http://a/b#s", "c#t", "http://a/c#t");
    expect_resolved("http://a/b?q#s", "", "http://a/b?q#s");
}

BOOST_AUTO_TEST_CASE(refuses_a_location_that_leads_out_of_http) {
    const Url base = parse_url("http://a/b").value();
    const struct {
        std::string_view reference;
        UrlError reason;
    } cases[] = {
        {"ftp://a/", UrlError::scheme},
        {"javascript:alert(1)", UrlError::scheme},
        {"file:///etc/passwd", UrlError::scheme},
        {"mailto:x@y", UrlError::scheme},
        {"http://", UrlError::host},
        {"http:///x", UrlError::host},
        {"http:g", UrlError::host},
        {"///x", UrlError::host},
        {"//evil%0d%0a/", UrlError::host},
        {"http:\\\\evil", UrlError::host},
        {"//a\\@evil/", UrlError::credentials},
        {"//a b/", UrlError::host},
        {"/x\ty", UrlError::control_character},
        {"/x\r\nSet-Cookie: a=b", UrlError::control_character},
        {"/\x7f", UrlError::control_character},
        {"//h:99999/", UrlError::port},
        {"//u:p@v@h/", UrlError::credentials},
    };
    for (const auto& [reference, reason] : cases) {
        const auto url = resolve(base, reference);
        BOOST_TEST((!url && url.error() == reason),
                   in_quotes(reference) << " leads to " << shown(url) << ", it is refused because "
                                        << make_error_code(reason).message());
    }
}

BOOST_AUTO_TEST_CASE(credentials_stay_with_their_authority) {
    const Url base = parse_url("http://u:p@a/b").value();
    BOOST_TEST((resolve(base, "c").value().credentials == base.credentials));
    BOOST_TEST((resolve(base, "//a/c").value().credentials == std::nullopt),
               "an authority of its own without credentials has none");
    BOOST_TEST((resolve(base, "//x:y@a/c").value().credentials == Credentials{"x", "y"}));
}

BOOST_AUTO_TEST_SUITE_END()
