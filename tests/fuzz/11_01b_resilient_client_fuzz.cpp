// 11.1b Resilient HTTP client: whatever fields a server sends, the arithmetic of the cache and of
// Retry-After stays within its limits, and what goes out again is fit to be sent.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "11_01_http_client/wire/response_parser.hpp"
#include "11_01b_resilient_client/rules/cache_control.hpp"
#include "11_01b_resilient_client/rules/cache_store.hpp"
#include "11_01b_resilient_client/rules/freshness.hpp"
#include "11_01b_resilient_client/rules/retry.hpp"

using namespace cookbook;
using namespace cookbook::resilient_client;
using std::chrono::seconds;

namespace {

constexpr WallTime arrival{seconds(1'800'000'000)};

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

bool is_within_limits(seconds time) {
    return time >= seconds(0) && time <= max_seconds;
}

void fuzz_retry_after(std::string_view input) {
    if (const auto wait = parse_retry_after(input, arrival)) {
        require(is_within_limits(*wait));
    }
    if (const auto number = parse_seconds(input)) {
        require(is_within_limits(*number));
        require(parse_retry_after(input, arrival) == number);
    }
}

void fuzz_cache_control(std::string_view input) {
    http_client::Fields fields;
    const std::size_t end = std::min(input.find_first_of("\r\n"), input.size());
    std::string line = "Cache-Control:" + std::string(input.substr(0, end));
    std::ranges::replace(line, '\0', ' ');
    fields.append_line(line, line.find(':'));
    const CacheControl read = parse_cache_control(fields);
    for (const auto& limit : {read.max_age, read.min_fresh, read.stale_if_error}) {
        require(!limit || is_within_limits(*limit));
    }
    // A directive more, behind a list that ends all its quotes, is found.
    if (std::ranges::count(line, '"') == 0 && !read.max_age) {
        http_client::Fields more;
        more.append_line(line + ", max-age=7", line.find(':'));
        require(parse_cache_control(more).max_age == seconds(7));
    }
}

/// The head of a response; false if it is none.
bool parse_head(std::string_view bytes, http_client::Response& response) {
    http_client::ResponseParser parser(response);
    return parser.parse(bytes) == http_client::ResponseParser::Progress::head;
}

/// A request that is fit to be sent: no field of it breaks a line.
void check_request(const http_client::Request& request) {
    for (const http_client::Field field : request.fields) {
        require(field.value.find_first_of(std::string_view("\r\n\0", 3)) == field.value.npos);
    }
}

void check_stored(const Freshness& rules, const Stored& stored, seconds here) {
    const WallTime now = arrival + here;
    require(is_within_limits(rules.lifetime(stored)));
    require(rules.age(stored, now) >= here);
    require(rules.age(stored, now + seconds(1)) == rules.age(stored, now) + seconds(1));
    const bool is_fresh = rules.may_reuse(stored, {}, now);
    require(!is_fresh || rules.age(stored, now) < rules.lifetime(stored));
    require(!is_fresh || !rules.may_reuse(stored, {.no_cache = true}, now));
    (void)rules.may_serve_stale(stored, {}, now);
}

/// Two heads: that of what is stored, and that of the 304 that freshens it.
void fuzz_freshness(std::string_view input, seconds here) {
    const std::size_t middle = std::min(input.find("\n\n\n"), input.size());
    Stored stored{.response = {}, .requested = arrival, .received = arrival};
    if (!parse_head(input.substr(0, middle), stored.response)) {
        return;
    }
    const http_client::Request request = {.fields = {{"Accept", "a"}}};
    (void)Freshness().may_store(request, stored.response);
    stored.selected_by = selecting_fields(request, stored.response);
    require(is_selected(stored, request));
    check_stored(Freshness(), stored, here);
    check_stored(Freshness(seconds(60)), stored, here);
    http_client::Request conditional = request;
    add_conditions(conditional, stored);
    check_request(conditional);
    http_client::Response not_modified;
    if (parse_head(input.substr(std::min(middle + 3, input.size())), not_modified)) {
        freshen(stored, not_modified, arrival, arrival + seconds(1));
        check_stored(Freshness(), stored, here + seconds(1));
    }
    CacheStore store(2000);
    store.put("http://a/", stored);
    require(store.bytes() <= 2000);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
    switch (data[0] % 4) {
        case 0:
            fuzz_retry_after(input);
            break;
        case 1:
            fuzz_cache_control(input);
            break;
        default:
            fuzz_freshness(input, seconds(data[1]));
    }
    return 0;
}
