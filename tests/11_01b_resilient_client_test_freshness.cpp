// Recipe 11.1b, what a cache may keep, tell and ask: the rules of RFC 9111 as tables. No I/O.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "11_01b_resilient_client/rules/cache_control.hpp"
#include "11_01b_resilient_client/rules/cache_store.hpp"
#include "11_01b_resilient_client/rules/freshness.hpp"

namespace {

using namespace cookbook::resilient_client;
using namespace std::chrono_literals;
using cookbook::http_client::Field;
using cookbook::http_client::Fields;
using cookbook::http_client::Request;
using std::chrono::seconds;

using Lines = std::vector<Field>;

constexpr WallTime arrival{784111777s};  // Sun, 06 Nov 1994 08:49:37 GMT
constexpr std::string_view at_arrival = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view a_minute_before = "Sun, 06 Nov 1994 08:48:37 GMT";
constexpr std::string_view a_minute_after = "Sun, 06 Nov 1994 08:50:37 GMT";

Fields fields_of(const Lines& lines) {
    Fields fields;
    for (const auto& [name, value] : lines) {
        fields.add(name, value);
    }
    return fields;
}

/// A response that came at `arrival`, as soon as it was asked for.
Stored stored(const Lines& lines, unsigned status = 200) {
    Stored one{.response = {.status = status, .fields = fields_of(lines)},
               .requested = arrival,
               .received = arrival};
    return one;
}

std::string shown(const Lines& lines) {
    std::string text;
    for (const auto& [name, value] : lines) {
        text.append(name).append(": ").append(value).append("; ");
    }
    return text;
}

CacheControl control(std::string_view value) {
    return parse_cache_control(fields_of({{"Cache-Control", value}}));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resilient_client)

BOOST_AUTO_TEST_CASE(directives_are_read_in_any_form) {
    constexpr seconds too_large{std::int64_t{1} << 31U};
    struct Row {
        std::string_view value;
        std::optional<seconds> max_age;
    };
    for (const auto& [value, max_age] :
         std::vector<Row>{{"max-age=5", 5s},
                          {"MAX-AGE=5", 5s},
                          {"Max-Age=\"5\"", 5s},
                          {"public, max-age=5", 5s},
                          {"public,,\t max-age=5 ,", 5s},
                          {"max-age=5, max-age=7", 5s},
                          {"x=\"a, max-age=9\", max-age=5", 5s},
                          {"x=\"a\\\", max-age=9\", max-age=5", 5s},
                          {"max-age=0", 0s},
                          {"max-age=-1", 0s},
                          {"max-age=abc", 0s},
                          {"max-age=1.5", 0s},
                          {"max-age=", 0s},
                          {"max-age", 0s},
                          {"max-age=\"5", 0s},
                          {"max-age=2147483648", too_large},
                          {"max-age=99999999999999999999", too_large},
                          {"s-maxage=5", std::nullopt},
                          {"xmax-age=5", std::nullopt},
                          {"", std::nullopt}}) {
        BOOST_TEST((control(value).max_age == max_age), "Cache-Control: " << value);
    }
    BOOST_TEST(control("NO-STORE").no_store);
    BOOST_TEST(control("max-age=5, no-cache=\"Set-Cookie, X\"").no_cache);
    BOOST_TEST(!control("x=\"no-cache\"").no_cache);
    BOOST_TEST(control("Must-Revalidate").must_revalidate);
    BOOST_TEST((control("stale-if-error=60").stale_if_error == 60s));
    const CacheControl both = parse_cache_control(
        fields_of({{"Cache-Control", "public"}, {"cache-control", "no-cache, max-age=3"}}));
    BOOST_TEST((both.no_cache && both.max_age == 3s), "several fields are one list");
}

BOOST_AUTO_TEST_CASE(a_response_is_fresh_for_max_age_else_expires_else_a_tenth) {
    struct Row {
        Lines lines;
        seconds lifetime;
    };
    for (const auto& [lines, lifetime] : std::vector<Row>{
             {{}, 0s},
             {{{"Cache-Control", "max-age=60"}}, 60s},
             {{{"Cache-Control", "private"}, {"Cache-Control", "MAX-AGE=\"60\""}}, 60s},
             {{{"Cache-Control", "max-age=60"}, {"Expires", "0"}}, 60s},
             {{{"Cache-Control", "max-age=x"}, {"Expires", a_minute_after}}, 0s},
             {{{"Cache-Control", "s-maxage=9"}}, 0s},
             {{{"Date", at_arrival}, {"Expires", a_minute_after}}, 60s},
             {{{"Date", a_minute_before}, {"Expires", a_minute_after}}, 120s},
             {{{"Expires", a_minute_after}}, 60s},  // no Date: the time of arrival
             {{{"Date", "nonsense"}, {"Expires", a_minute_after}}, 60s},
             {{{"Date", at_arrival}, {"Expires", a_minute_before}}, 0s},
             {{{"Date", at_arrival}, {"Expires", "0"}}, 0s},
             {{{"Expires", "-1"}, {"Last-Modified", "Sat, 05 Nov 1994 08:49:37 GMT"}}, 0s},
             {{{"Date", at_arrival}, {"Last-Modified", a_minute_before}}, 6s},
             {{{"Last-Modified", a_minute_before}}, 6s},
             {{{"Date", at_arrival}, {"Last-Modified", a_minute_after}}, 0s},
             {{{"Date", at_arrival}, {"Expires", "Thu, 01 Jan 9999 00:00:00 GMT"}},
              seconds{std::int64_t{1} << 31U}}}) {
        BOOST_TEST(Freshness().lifetime(stored(lines)).count() == lifetime.count(),
                   shown(lines) << "(RFC 9111, 4.2.1)");
    }
}

BOOST_AUTO_TEST_CASE(age_is_what_caches_and_clocks_say_and_the_time_here) {
    struct Row {
        Lines lines;
        seconds delay, here, age;
    };
    for (const auto& [lines, delay, here, age] :
         std::vector<Row>{{{}, 0s, 0s, 0s},
                          {{}, 0s, 10s, 10s},
                          {{{"Date", at_arrival}}, 0s, 10s, 10s},
                          {{{"Date", a_minute_before}}, 0s, 10s, 70s},
                          {{{"Date", a_minute_after}}, 0s, 10s, 10s},  // its clock is ahead
                          {{{"Age", "30"}}, 0s, 10s, 40s},
                          {{{"Age", "30"}}, 5s, 10s, 45s},
                          {{{"Age", "30"}, {"Date", a_minute_before}}, 0s, 0s, 60s},
                          {{{"Age", "90"}, {"Date", a_minute_before}}, 0s, 0s, 90s},
                          {{{"Age", "-1"}}, 0s, 10s, 10s},
                          {{{"Age", "x"}}, 0s, 10s, 10s},
                          {{}, 5s, 0s, 5s}}) {
        Stored one = stored(lines);
        one.requested -= delay;
        BOOST_TEST((Freshness().age(one, arrival + here) == age),
                   shown(lines) << "asked for " << delay.count() << " s before, kept for "
                                << here.count() << " s (RFC 9111, 4.2.3)");
    }
    BOOST_TEST((Freshness().age(stored({}), arrival - 1h) == 0s), "a clock that was put back");
}

BOOST_AUTO_TEST_CASE(what_is_fresh_is_told_without_asking) {
    struct Row {
        Lines lines;
        std::string_view request;
        seconds here;
        bool may_reuse;
    };
    for (const auto& [lines, request, here, may_reuse] :
         std::vector<Row>{{{{"Cache-Control", "max-age=60"}}, "", 59s, true},
                          {{{"Cache-Control", "max-age=60"}}, "", 60s, false},
                          {{{"Cache-Control", "max-age=60"}, {"Age", "50"}}, "", 9s, true},
                          {{{"Cache-Control", "max-age=60"}, {"Age", "50"}}, "", 10s, false},
                          {{{"Cache-Control", "max-age=60, no-cache"}}, "", 0s, false},
                          {{{"Cache-Control", "NO-CACHE, max-age=60"}}, "", 0s, false},
                          {{{"Cache-Control", "max-age=60"}}, "no-cache", 0s, false},
                          {{{"Cache-Control", "max-age=60"}}, "max-age=0", 0s, false},
                          {{{"Cache-Control", "max-age=60"}}, "max-age=10", 9s, true},
                          {{{"Cache-Control", "max-age=60"}}, "max-age=10", 10s, false},
                          {{{"Cache-Control", "max-age=60"}}, "min-fresh=10", 49s, true},
                          {{{"Cache-Control", "max-age=60"}}, "min-fresh=10", 50s, false},
                          {{}, "", 0s, false}}) {
        BOOST_TEST(
            Freshness().may_reuse(stored(lines), control(request), arrival + here) == may_reuse,
            shown(lines) << "asked for with '" << request << "' after " << here.count() << " s");
    }
}

BOOST_AUTO_TEST_CASE(what_may_be_stored) {
    struct Row {
        unsigned status;
        Lines lines;
        std::string_view request;
        bool may_store;
    };
    std::vector<Row> rows = {{200, {{"Cache-Control", "no-store"}}, "", false},
                             {200, {{"Cache-Control", "max-age=5, No-Store"}}, "", false},
                             {200, {}, "no-store", false},
                             {200, {{"Vary", "*"}}, "", false},
                             {200, {{"Vary", "Accept, *"}}, "", false},
                             {200, {{"Vary", "Accept"}}, "", true},
                             {200, {{"Cache-Control", "private"}}, "", true}};
    for (const unsigned status :
         {200U, 203U, 204U, 300U, 301U, 308U, 404U, 405U, 410U, 414U, 501U}) {
        rows.push_back({status, {{"Cache-Control", "max-age=5"}}, "", true});
    }
    for (const unsigned status :
         {201U, 202U, 206U, 302U, 303U, 304U, 307U, 400U, 403U, 429U, 500U, 502U, 503U, 504U}) {
        rows.push_back({status, {{"Cache-Control", "max-age=5"}}, "", false});
    }
    for (const auto& [status, lines, request, may_store] : rows) {
        const Stored one = stored(lines, status);
        const Request asked = {.fields = fields_of({{"Cache-Control", request}})};
        BOOST_TEST(Freshness().may_store(asked, one.response) == may_store,
                   status << ' ' << shown(lines) << request);
    }
}

BOOST_AUTO_TEST_CASE(something_stale_is_better_than_a_failure_if_the_server_says_so) {
    struct Row {
        std::string_view response, request;
        seconds here;
        bool may_serve;
    };
    for (const auto& [response, request, here, may_serve] :
         std::vector<Row>{{"max-age=60, stale-if-error=30", "", 90s, true},
                          {"max-age=60, stale-if-error=30", "", 91s, false},
                          {"max-age=60", "", 61s, false},
                          {"max-age=60, stale-if-error=30, must-revalidate", "", 61s, false},
                          {"max-age=60, stale-if-error=30, no-cache", "", 61s, false},
                          {"max-age=60, stale-if-error=30", "no-cache", 61s, false},
                          {"max-age=60, stale-if-error=30", "max-age=0", 61s, false}}) {
        const Stored one = stored({{"Cache-Control", response}});
        BOOST_TEST(Freshness().may_serve_stale(one, control(request), arrival + here) == may_serve,
                   response << ", asked for with '" << request << "' after " << here.count()
                            << " s (RFC 5861, 4)");
    }
}

BOOST_AUTO_TEST_CASE(the_flat_rule_keeps_every_200_for_so_long) {
    const Freshness flat(300s);
    const Stored one = stored({{"Cache-Control", "no-cache, max-age=1"}, {"Vary", "*"}});
    BOOST_TEST(flat.may_store({}, one.response));
    BOOST_TEST(flat.may_reuse(one, {}, arrival + 299s));
    BOOST_TEST(!flat.may_reuse(one, {}, arrival + 300s));
    BOOST_TEST(!flat.may_store({}, stored({{"Cache-Control", "max-age=60"}}, 404).response));
    BOOST_TEST(!flat.may_store({}, stored({{"Cache-Control", "no-store"}}).response),
               "what is not to be stored is not, by any rule");
}

BOOST_AUTO_TEST_CASE(a_request_for_what_has_changed_has_the_validators_as_they_came) {
    Request request;
    add_conditions(request, stored({{"ETag", "W/\"a b\""}, {"Last-Modified", a_minute_before}}));
    BOOST_TEST(request.fields["If-None-Match"] == "W/\"a b\"", "W/ belongs to it");
    BOOST_TEST(request.fields["If-Modified-Since"] == a_minute_before);
    Request plain;
    add_conditions(plain, stored({}));
    BOOST_TEST(plain.fields.empty());
    Request unquoted;
    add_conditions(unquoted, stored({{"ETag", "t"}}));
    BOOST_TEST(unquoted.fields["If-None-Match"] == "t", "httpbin's has no quotes");
}

BOOST_AUTO_TEST_CASE(a_304_freshens_the_stored_fields) {
    Stored one = stored({{"Date", a_minute_before},
                         {"Age", "30"},
                         {"Cache-Control", "max-age=60"},
                         {"X", "old"},
                         {"X", "older"},
                         {"Y", "kept"},
                         {"Content-Length", "3"}});
    one.response.content = "abc";
    const Stored answer = stored({{"X", "new"},
                                  {"Cache-Control", "max-age=90"},
                                  {"Content-Length", "0"},
                                  {"Content-Encoding", "gzip"}},
                                 304);
    freshen(one, answer.response, arrival + 100s, arrival + 101s);
    BOOST_TEST(one.response.status == 200U);
    BOOST_TEST(one.response.content == "abc");
    BOOST_TEST(one.response.fields["X"] == "new");
    BOOST_TEST(one.response.fields.all("X").size() == 1U);
    BOOST_TEST(one.response.fields["Y"] == "kept");
    BOOST_TEST(one.response.fields["Content-Length"] == "3", "the body is the stored one");
    BOOST_TEST(!one.response.fields.contains("Content-Encoding"));
    BOOST_TEST(Freshness().lifetime(one).count() == 90,
               "what the 304 says takes the place of what was stored (RFC 9111, 3.2)");
    BOOST_TEST((Freshness().age(one, arrival + 101s) == 1s),
               "and it is as old as the 304, not as its first arrival");
}

BOOST_AUTO_TEST_CASE(vary_names_what_must_be_the_same) {
    Stored one = stored({{"Vary", "Accept, X-Lang"}, {"Vary", "cookie"}});
    const Request first = {.fields = {{"Accept", "text/html"}, {"X-Lang", "de"}}};
    one.selected_by = selecting_fields(first, one.response);
    BOOST_TEST(is_selected(one, first));
    BOOST_TEST(
        is_selected(one, {.fields = {{"x-lang", "de"}, {"ACCEPT", "text/html"}, {"Y", "1"}}}));
    BOOST_TEST(!is_selected(one, {.fields = {{"Accept", "text/html"}, {"X-Lang", "fr"}}}));
    BOOST_TEST(!is_selected(one, {.fields = {{"Accept", "text/html"}}}));
    BOOST_TEST(!is_selected(
        one, {.fields = {{"Accept", "text/html"}, {"X-Lang", "de"}}, .cookies = "a=1"}));
    Stored plain = stored({});
    plain.selected_by = selecting_fields({}, plain.response);
    BOOST_TEST(is_selected(plain, first));
    BOOST_TEST(!is_selected(plain, {.fields = {{"Authorization", "Basic dTpw"}}}),
               "what one user may see is not for another");
}

// --- The store -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_was_used_least_recently_goes_first) {
    Stored one = stored({{"X", "1"}});
    one.response.content = std::string(1000, 'a');
    const std::uint64_t size = bytes_of("http://a/1", one);
    CacheStore store(3 * size);
    for (const std::string url : {"http://a/1", "http://a/2", "http://a/3"}) {
        store.put(url, one);
    }
    BOOST_TEST(store.bytes() == 3 * size);
    BOOST_TEST(store.find("http://a/1").get() != nullptr);
    store.put("http://a/4", one);
    BOOST_TEST(store.size() == 3U);
    BOOST_TEST(store.find("http://a/2").get() == nullptr, "it was used least recently");
    BOOST_TEST(store.find("http://a/1").get() != nullptr);
    store.remove("http://a/1");
    store.remove("http://a/1");
    BOOST_TEST(store.bytes() == 2 * size);
    store.put("http://a/3", one);
    BOOST_TEST(store.size() == 2U);
    BOOST_TEST(store.bytes() == 2 * size, "an entry that is replaced counts once");
}

BOOST_AUTO_TEST_CASE(many_small_parts_count_with_what_keeps_them) {
    constexpr std::size_t count = 1000;
    Stored one = stored({});
    for (std::size_t i = 0; i < count; ++i) {
        one.response.fields.add("Vary", "a");
    }
    BOOST_TEST(bytes_of("u", one) >= count * 4 * sizeof(std::size_t),
               "each field, with where its parts begin");
    one.selected_by = selecting_fields({}, one.response);
    BOOST_TEST(bytes_of("u", one) >= count * sizeof(one.selected_by.front()),
               "each name of Vary, or a server can fill the memory by names of one letter");
}

BOOST_AUTO_TEST_CASE(an_entry_counts_with_its_fields_and_may_be_too_large) {
    const Stored small = stored({{"X", "1"}});
    Stored large = stored({{"X", std::string(5000, 'x')}});
    BOOST_TEST(bytes_of("u", large) > bytes_of("u", small) + 4900);
    CacheStore store(5000);
    store.put("u", small);
    store.put("v", large);
    BOOST_TEST(store.find("v").get() == nullptr, "what is larger than the cache is not kept");
    BOOST_TEST(store.find("u").get() != nullptr, "and nothing else goes for it");
    store.put("u", large);
    BOOST_TEST(store.find("u").get() == nullptr, "what it was to replace has been overtaken");
    BOOST_TEST(store.bytes() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
