#include "cache.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "11_01_http_client/message/url.hpp"

namespace cookbook::resilient_client {
namespace {

using std::chrono::system_clock;
using namespace std::string_view_literals;

/// Methods that change nothing (RFC 9110, 9.2.1).
bool is_safe(std::string_view method) {
    constexpr std::array safe = {"GET"sv, "HEAD"sv, "OPTIONS"sv, "TRACE"sv};
    return std::ranges::find(safe, method) != safe.end();
}

/// Whether the server has failed, so that something stale is better than that (RFC 5861, 4).
bool is_failure(const Result& result) {
    constexpr std::array statuses = {500U, 502U, 503U, 504U};
    using Kind = Failure::Kind;
    constexpr std::array kinds = {Kind::unreachable, Kind::lost, Kind::circuit_open};
    return result ? std::ranges::find(statuses, result->status) != statuses.end()
                  : std::ranges::find(kinds, result.error().kind) != kinds.end();
}

/// A stored response as the caller gets it without the server's word, with its age (RFC 9111, 4).
Response told(const Stored& stored, CacheUse use, const Freshness& freshness, WallTime now) {
    Response response{stored.response};
    response.cache = use;
    const auto age = std::chrono::floor<std::chrono::seconds>(freshness.age(stored, now));
    response.fields.set("Age", std::to_string(age.count()));
    return response;
}

}  // namespace

bool passes_cache_by(const Request& request) {
    constexpr std::array own = {"If-None-Match"sv,       "If-Modified-Since"sv, "If-Match"sv,
                                "If-Unmodified-Since"sv, "If-Range"sv,          "Range"sv};
    return request.method != "GET" || !request.body.empty() ||
           std::ranges::any_of(
               own, [&](std::string_view name) { return request.fields.contains(name); });
}

asio::awaitable<Result> Cache::send(Call& call) {
    if (passes_cache_by(call.request)) {
        co_return co_await pass_by(call);
    }
    const std::string url = absolute_form(call.url);
    std::shared_ptr<const Stored> stored = store_.find(url);
    if (stored && !is_selected(*stored, call.request)) {
        stored = nullptr;
    }
    const CacheControl directives = parse_cache_control(call.request.fields);
    const WallTime now = system_clock::now();
    if (stored && freshness_.may_reuse(*stored, directives, now)) {
        ++hits_;
        co_return told(*stored, CacheUse::hit, freshness_, now);
    }
    co_return co_await ask(call, url, std::move(stored));
}

/// What has changed at the server no longer holds here (RFC 9111, 4.4).
asio::awaitable<Result> Cache::pass_by(Call& call) {
    Result result = co_await next_(call);
    if (result && result->ok() && !is_safe(call.request.method)) {
        store_.remove(absolute_form(call.url));
    }
    co_return result;
}

/// Asks the server, for what has changed since if something is stored.
asio::awaitable<Result> Cache::ask(Call& call, std::string url,
                                   std::shared_ptr<const Stored> stored) {
    const CacheControl directives = parse_cache_control(call.request.fields);
    if (stored) {
        add_conditions(call.request, *stored);
    }
    const WallTime requested = system_clock::now();
    Result result = co_await next_(call);
    const WallTime now = system_clock::now();
    if (stored && result && result->status == 304) {
        co_return take_over(url, call.request, *stored, *result, requested);
    }
    if (stored && is_failure(result) && freshness_.may_serve_stale(*stored, directives, now)) {
        co_return told(*stored, CacheUse::stale, freshness_, now);
    }
    if (result && (result->status < 500 || result->status == 501)) {
        keep(url, call.request, *result, requested);
    }
    co_return result;
}

/// A 304 may forbid what was allowed: to store the response, or to tell it to other requests.
Result Cache::take_over(const std::string& url, const Request& request, const Stored& stored,
                        const Response& not_modified, WallTime requested) {
    ++revalidated_;
    Stored fresh = stored;
    freshen(fresh, not_modified, requested, system_clock::now());
    Response response{std::move(fresh.response)};
    response.cache = CacheUse::revalidated;
    keep(url, request, response, requested);
    return response;
}

void Cache::keep(const std::string& url, const Request& request, const Response& response,
                 WallTime requested) {
    if (!freshness_.may_store(request, response)) {
        store_.remove(url);  // what was stored has been overtaken
        return;
    }
    store_.put(url, {.response = response,
                     .requested = requested,
                     .received = system_clock::now(),
                     .selected_by = selecting_fields(request, response)});
}

}  // namespace cookbook::resilient_client
