#include "options.hpp"

#include <cstdint>
#include <limits>
#include <stdexcept>

#include "11_01_http_client/arguments.hpp"
#include "11_01_http_client/httpbin/number.hpp"
#include "11_01_http_client/message/split.hpp"
#include "11_01_http_client/message/url.hpp"
#include "11_01_http_client/options.hpp"
#include "11_01_http_client/request_head.hpp"
#include "11_01_http_client/text_options.hpp"
#include "common/cli/options.hpp"

namespace cookbook::resilient_client {
namespace {

using http_client::add_each;
using http_client::add_one;

/// A number that may be 0, which mostly means: none of it.
template <typename Number>
CLI::Option* add_number(CLI::App& command, const std::string& name, Number& value,
                        const std::string& description) {
    constexpr auto max = std::min<std::uint64_t>(std::numeric_limits<Number>::max(),
                                                 std::numeric_limits<std::int64_t>::max());
    return command.add_option(name, value, description)
        ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{max}).description(""))
        ->capture_default_str();
}

/// "429,503"; empty: none.
std::vector<unsigned> to_statuses(std::string_view list) {
    std::vector<unsigned> statuses;
    while (!list.empty()) {
        const auto text = http_client::trimmed(http_client::take_until(list, ','));
        const auto status =
            http_client::httpbin::parse_number<unsigned>("each status", text, 100, 999);
        if (!status) {
            throw std::invalid_argument(status.error().what());
        }
        statuses.push_back(*status);
    }
    return statuses;
}

void add_request(CLI::App& command, CommandSettings& settings) {
    Request& request = settings.request;
    add_each(command, "URL", "", "What to get; - for URLs from stdin, one a line",
             [&](const std::string& text) {
                 if (const auto url = http_client::parse_url(text); text != "-" && !url) {
                     throw std::invalid_argument(url.error().message());
                 }
                 settings.urls.push_back(text);
             })
        ->required()
        ->expected(-1);
    add_one(command, "--method", "METHOD", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, ...",
            [&](const std::string& text) {
                request.method = text;
                check(request);
            })
        ->default_str(request.method);
    add_each(command, "-H,--header", "'NAME: VALUE'",
             "Send a field, in the place of a default; 'NAME:' removes one",
             [&](const std::string& text) { add_header(request, text); });
    add_one(command, "--json", "TEXT", "Send JSON", [&](const std::string& text) {
        request.body = http_client::Body(text, "application/json");
    });
}

void add_how_many(CLI::App& command, CommandSettings& settings) {
    add_count(command, "--concurrency", settings.many.concurrency, "Requests at once");
    add_count(command, "--per-origin", settings.client.pool.max_per_origin,
              "Connections to one origin");
    add_count(command, "--repeat", settings.repeat, "Rounds, one after the other, of one client");
    add_seconds(command, "--timeout", settings.client.pool.timeout, "Limit for an attempt");
    add_seconds(command, "--max-time", settings.max_time, "Limit for all")->default_str("");
    command.add_flag("--fail-fast", settings.many.fail_fast,
                     "The first request without a response cancels the rest");
}

void add_retries(CLI::App& command, ClientOptions& client) {
    RetryPolicy& retry = client.retry;
    add_number(command, "--retries", retry.max_retries, "Attempts after the first");
    add_seconds(command, "--backoff", retry.backoff, "Longest pause before the first retry", 0);
    add_seconds(command, "--max-backoff", retry.max_backoff, "Longest pause before any", 0);
    add_seconds(command, "--max-retry-after", retry.max_retry_after,
                "Longest pause that a server may ask for; more ends the request", 0);
    add_one(command, "--retry-on", "TEXT", "Statuses that are tried again; '' for none",
            [&](const std::string& text) { retry.statuses = to_statuses(text); })
        ->default_str("429,500,502,503,504");
    add_number(command, "--budget", client.budget,
               "Retries of all requests together, and one more for ten responses below 500");
}

void add_breaker_and_cache(CLI::App& command, ClientOptions& client) {
    add_number(command, "--breaker", client.breaker.max_failures,
               "Failures in a row after which an origin is not asked any more; 0: any number");
    add_seconds(command, "--breaker-time", client.breaker.time, "For how long it is not asked", 0);
    add_number(command, "--cache", client.cache, "Size of the cache; 0: none")->type_name("BYTES");
    command
        .add_option_function<std::uint32_t>(
            "--flat-cache",
            [&](std::uint32_t seconds) { client.flat_cache = std::chrono::seconds(seconds); },
            "Keep every 200 for so long, whatever it says but no-store")
        ->type_name("SECONDS");
}

}  // namespace

void add_client(CLI::App& command, CommandSettings& settings) {
    add_request(command, settings);
    add_how_many(command, settings);
    add_retries(command, settings.client);
    add_breaker_and_cache(command, settings.client);
    command.add_flag("--body", settings.show_body, "Add the body to each row, as text");
    command.add_flag("--summary", settings.summarise, "Say on stderr what was done, as JSON");
    http_client::add_servers(command, settings.client.pool.http);
}

}  // namespace cookbook::resilient_client
