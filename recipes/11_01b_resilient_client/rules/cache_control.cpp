#include "cache_control.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <system_error>

#include "11_01_http_client/message/split.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::resilient_client {
namespace {

using http::grammar::same_name;
using std::chrono::seconds;

/// Takes the next directive off a list: up to a comma that is not within quotes.
std::string_view take_directive(std::string_view& list) {
    bool is_quoted = false;
    std::size_t end = 0;
    for (; end < list.size() && (is_quoted || list[end] != ','); ++end) {
        if (list[end] == '"') {
            is_quoted = !is_quoted;
        } else if (is_quoted && list[end] == '\\' && end + 1 < list.size()) {
            ++end;
        }
    }
    const std::string_view directive = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    return http_client::trimmed(directive);
}

/// A value without its quotes: `5` and `"5"` are the same (RFC 9111, 5.2).
std::string_view unquoted(std::string_view value) {
    const bool is_quoted = value.size() >= 2 && value.starts_with('"') && value.ends_with('"');
    return is_quoted ? value.substr(1, value.size() - 2) : value;
}

/// Keeps the first value of a directive. One that is no number is 0: then nothing is fresh.
void keep(std::optional<seconds>& first, std::string_view value) {
    if (!first) {
        first = parse_seconds(value).value_or(seconds(0));
    }
}

void add(CacheControl& to, std::string_view name, std::string_view value) {
    if (same_name(name, "no-store")) {
        to.no_store = true;
    } else if (same_name(name, "no-cache")) {
        to.no_cache = true;
    } else if (same_name(name, "must-revalidate")) {
        to.must_revalidate = true;
    } else if (same_name(name, "max-age")) {
        keep(to.max_age, value);
    } else if (same_name(name, "min-fresh")) {
        keep(to.min_fresh, value);
    } else if (same_name(name, "stale-if-error")) {
        keep(to.stale_if_error, value);
    }
}

}  // namespace

std::optional<seconds> parse_seconds(std::string_view text) {
    if (!http::grammar::is_number(text)) {
        return std::nullopt;
    }
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), count);
    return error == std::errc() ? std::min(seconds(count), max_seconds) : max_seconds;
}

CacheControl parse_cache_control(const http_client::Fields& fields) {
    CacheControl directives;
    for (const http_client::Field field : fields) {
        if (!same_name(field.name, "Cache-Control")) {
            continue;
        }
        for (std::string_view list = field.value; !list.empty();) {
            std::string_view value = take_directive(list);
            const std::string_view name = http_client::take_until(value, '=');
            add(directives, http_client::trimmed(name), unquoted(http_client::trimmed(value)));
        }
    }
    return directives;
}

}  // namespace cookbook::resilient_client
