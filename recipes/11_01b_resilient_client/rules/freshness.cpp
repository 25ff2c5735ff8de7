#include "freshness.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "11_01_http_client/cookies/cookie_date.hpp"
#include "11_01_http_client/message/basic_credentials.hpp"
#include "11_01_http_client/message/split.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::resilient_client {
namespace {

using http::grammar::same_name;
using http_client::Field;
using http_client::Fields;
using http_client::trimmed;
using std::chrono::seconds;
using namespace std::string_view_literals;

/// The date that a field names; nullopt if there is none that can be read.
std::optional<std::chrono::sys_seconds> date_in(const Fields& fields, std::string_view name) {
    return http_client::parse_cookie_date(fields[name]);
}

/// When the server has made it, as it says, or when it came.
std::chrono::sys_seconds date_of(const Stored& stored) {
    return date_in(stored.response.fields, "Date")
        .value_or(std::chrono::floor<seconds>(stored.received));
}

seconds within_limits(seconds time) {
    return std::clamp(time, seconds(0), max_seconds);
}

/// All values of that name in a request, and what goes out as such a field though it is none here.
std::string value_in(const http_client::Request& request, std::string_view name) {
    std::string all;
    for (const std::string_view value : request.fields.all(name)) {
        all.append(value).append(", ");
    }
    if (same_name(name, "Authorization") && request.credentials) {
        all += basic_credentials(*request.credentials);
    }
    if (same_name(name, "Cookie")) {
        all += request.cookies;
    }
    const bool is_left_out = std::ranges::any_of(
        request.without, [name](std::string_view one) { return same_name(one, name); });
    return is_left_out ? all + "-" : all;
}

/// Fields that are the connection's, or describe the stored body, whose place is not taken.
bool stays_as_stored(std::string_view name) {
    constexpr std::array kept = {"Connection"sv,        "Content-Encoding"sv, "Content-Length"sv,
                                 "Content-Range"sv,     "Keep-Alive"sv,       "Trailer"sv,
                                 "Transfer-Encoding"sv, "Upgrade"sv};
    return std::ranges::any_of(kept, [name](std::string_view one) { return same_name(one, name); });
}

}  // namespace

bool Freshness::may_store(const http_client::Request& request,
                          const http_client::Response& response) const {
    constexpr std::array statuses = {200U, 203U, 204U, 300U, 301U, 308U,
                                     404U, 405U, 410U, 414U, 501U};
    if (parse_cache_control(request.fields).no_store ||
        parse_cache_control(response.fields).no_store) {
        return false;
    }
    if (flat_) {
        return response.status == 200;
    }
    const auto names_all = [](std::string_view names) {
        while (!names.empty()) {
            if (trimmed(http_client::take_until(names, ',')) == "*") {
                return true;
            }
        }
        return false;
    };
    return std::ranges::find(statuses, response.status) != statuses.end() &&
           std::ranges::none_of(response.fields.all("Vary"), names_all);
}

seconds Freshness::lifetime(const Stored& stored) const {
    if (flat_) {
        return *flat_;
    }
    const Fields& fields = stored.response.fields;
    // [step 5] Take max-age, else Expires, else a tenth of the time since it was changed.
    if (const auto max_age = parse_cache_control(fields).max_age) {
        return *max_age;
    }
    if (fields.contains("Expires")) {
        const auto expires = date_in(fields, "Expires");  // "0" is a usual way to say: stale
        return expires ? within_limits(*expires - date_of(stored)) : seconds(0);
    }
    const auto last_modified = date_in(fields, "Last-Modified");
    return last_modified ? within_limits((date_of(stored) - *last_modified) / 10) : seconds(0);
    // [end]
}

WallDuration Freshness::age(const Stored& stored, WallTime now) const {
    const WallDuration here = std::max(now - stored.received, WallDuration(0));
    if (flat_) {
        return here;
    }
    // [step 5] Add the time here to its age at its arrival: as caches on the way say, or clocks do.
    const seconds said = parse_seconds(stored.response.fields["Age"]).value_or(seconds(0));
    const seconds apparent =
        within_limits(std::chrono::floor<seconds>(stored.received) - date_of(stored));
    const WallDuration delay = stored.received - stored.requested;
    return std::max<WallDuration>(apparent, said + delay) + here;
    // [end]
}

bool Freshness::may_reuse(const Stored& stored, const CacheControl& request, WallTime now) const {
    const bool must_ask =
        request.no_cache || (!flat_ && parse_cache_control(stored.response.fields).no_cache);
    const WallDuration old = age(stored, now);
    return !must_ask && old < lifetime(stored) - request.min_fresh.value_or(seconds(0)) &&
           (!request.max_age || old < *request.max_age);
}

bool Freshness::may_serve_stale(const Stored& stored, const CacheControl& request,
                                WallTime now) const {
    const CacheControl response = parse_cache_control(stored.response.fields);
    const bool must_ask = request.no_cache || response.no_cache || response.must_revalidate ||
                          request.max_age == seconds(0);
    return !must_ask && response.stale_if_error &&
           age(stored, now) <= lifetime(stored) + *response.stale_if_error;
}

std::vector<std::pair<std::string, std::string>> selecting_fields(
    const http_client::Request& request, const http_client::Response& response) {
    std::vector<std::pair<std::string, std::string>> selecting;
    for (std::string_view names : response.fields.all("Vary")) {
        while (!names.empty()) {
            const std::string_view name = trimmed(http_client::take_until(names, ','));
            if (!name.empty()) {
                selecting.emplace_back(name, value_in(request, name));
            }
        }
    }
    // What one user may see is not for another, whatever Vary says.
    selecting.emplace_back("Authorization", value_in(request, "Authorization"));
    return selecting;
}

bool is_selected(const Stored& stored, const http_client::Request& request) {
    return std::ranges::all_of(stored.selected_by, [&](const auto& field) {
        return value_in(request, field.first) == field.second;
    });
}

void add_conditions(http_client::Request& request, const Stored& stored) {
    // [step 5] Send the validators back, just as they came.
    const auto send_back = [&](std::string_view validator, std::string_view condition) {
        const std::string_view value = stored.response.fields[validator];
        if (!value.empty() && http::grammar::is_field_value(value)) {
            request.fields.set(condition, value);
        }
    };
    send_back("ETag", "If-None-Match");
    send_back("Last-Modified", "If-Modified-Since");
    // [end]
}

void freshen(Stored& stored, const http_client::Response& not_modified, WallTime requested,
             WallTime received) {
    // [step 5] Let the fields of the 304 take the place of the stored ones; the body stays.
    Fields& fields = stored.response.fields;
    fields.remove("Age");  // both would speak of the first arrival
    fields.remove("Date");
    for (const Field field : not_modified.fields) {
        if (!stays_as_stored(field.name)) {
            fields.remove(field.name);
        }
    }
    for (const Field field : not_modified.fields) {
        if (!stays_as_stored(field.name) && http::grammar::is_field_value(field.value)) {
            fields.add(field.name, field.value);
        }
    }
    stored.requested = requested;
    stored.received = received;
    // [end]
}

}  // namespace cookbook::resilient_client
