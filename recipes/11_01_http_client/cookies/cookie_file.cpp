#include "cookie_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "11_01_http_client/message/split.hpp"
#include "11_10_tls/context.hpp"
#include "11_10_tls/replace_file.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::http_client {
namespace {

constexpr std::string_view http_only_mark = "#HttpOnly_";
constexpr std::string_view first_line = "# Netscape HTTP Cookie File";  // MozillaCookieJar insists
constexpr std::string_view old_first_line = "# HTTP Cookie File";

/// Seconds since 1970; none for 0 and for an empty field, as curl and Python write cookies of the
/// session. False if it is not a number.
bool parse_expiry(std::string_view text, std::optional<CookieTime>& expires) {
    long long seconds = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), seconds);
    if (seconds != 0) {
        expires = CookieTime(std::chrono::seconds(seconds));
    }
    return text.empty() || (error == std::errc() && end == text.end());
}

std::optional<Cookie> parse_line(std::string_view line) {
    Cookie cookie;
    cookie.http_only = line.starts_with(http_only_mark);
    if (cookie.http_only) {
        line.remove_prefix(http_only_mark.size());
    }
    if (line.starts_with('#') || std::ranges::count(line, '\t') < 5) {
        return std::nullopt;
    }
    std::string_view domain = take_until(line, '\t');
    domain.remove_prefix(domain.starts_with('.') ? 1 : 0);
    cookie.domain = http::grammar::to_lower(domain);
    cookie.host_only = take_until(line, '\t') != "TRUE";
    cookie.path = take_until(line, '\t');
    cookie.secure = take_until(line, '\t') == "TRUE";
    const std::string_view expiry = take_until(line, '\t');
    cookie.name = take_until(line, '\t');
    cookie.value = line;
    if (domain.empty() || !cookie.path.starts_with('/') || !parse_expiry(expiry, cookie.expires) ||
        !is_acceptable(cookie)) {
        return std::nullopt;
    }
    return cookie;
}

std::string format_line(const Cookie& cookie) {
    const auto word = [](bool value) { return value ? "TRUE" : "FALSE"; };
    return fmt::format("{}{}{}\t{}\t{}\t{}\t{}\t{}\t{}\n", cookie.http_only ? http_only_mark : "",
                       cookie.host_only ? "" : ".", cookie.domain, word(!cookie.host_only),
                       cookie.path, word(cookie.secure), cookie.expires->time_since_epoch().count(),
                       cookie.name, cookie.value);
}

/// Whether a file may be written over: it is one of cookies, or nothing.
bool is_cookie_file(std::string_view text, const std::vector<Cookie>& cookies) {
    return !cookies.empty() || text.starts_with(first_line) || text.starts_with(old_first_line) ||
           text.find_first_not_of(" \t\r\n") == text.npos;
}

}  // namespace

std::vector<Cookie> parse_cookie_file(std::string_view text) {
    std::vector<Cookie> cookies;
    while (!text.empty()) {
        std::string_view line = take_until(text, '\n');
        line.remove_suffix(line.ends_with('\r') ? 1 : 0);
        if (auto cookie = parse_line(line)) {
            cookies.push_back(*std::move(cookie));
        }
    }
    return cookies;
}

std::string format_cookie_file(const std::vector<Cookie>& cookies) {
    std::string text = std::string(first_line) + "\n";
    for (const Cookie& cookie : cookies) {
        if (cookie.expires) {
            text += format_line(cookie);
        }
    }
    return text;
}

void read_cookies(CookieJar& jar, const std::filesystem::path& path) {
    std::error_code unknown;
    if (!std::filesystem::exists(path, unknown) && !unknown) {
        return;
    }
    const std::string text = tls::read_file(path);
    std::vector<Cookie> cookies = parse_cookie_file(text);
    if (!is_cookie_file(text, cookies)) {
        throw std::runtime_error(path.string() + " is not a file of cookies");
    }
    for (Cookie& cookie : cookies) {
        jar.add(std::move(cookie));
    }
}

void write_cookies(const CookieJar& jar, const std::filesystem::path& path) {
    constexpr mode_t ours_alone = 0600;
    std::error_code ignored;
    if (!std::filesystem::is_other(path, ignored)) {
        tls::replace_file(path, format_cookie_file(jar.cookies()), ours_alone);
    }
}

}  // namespace cookbook::http_client
