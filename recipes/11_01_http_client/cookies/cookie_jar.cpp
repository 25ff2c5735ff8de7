#include "cookie_jar.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "common/http/grammar.hpp"
#include "public_suffix.hpp"
#include "set_cookie.hpp"

namespace cookbook::http_client {
namespace {

bool has_expired(const Cookie& cookie, CookieTime now) {
    return cookie.expires && *cookie.expires < now;
}

bool is_same(const Cookie& one, const Cookie& other) {
    return std::tie(one.name, one.domain, one.path) ==
           std::tie(other.name, other.domain, other.path);
}

/// The domain and the scope of a cookie that is being set (RFC 6265, 5.3, 5 and 6). False if it
/// must not be set.
bool set_domain(Cookie& cookie, const std::string& host, std::string_view domain) {
    cookie.domain = host;
    if (domain.empty()) {
        return true;
    }
    cookie.domain = http::grammar::to_lower(domain);
    const DomainScope scope = domain_scope(host, cookie.domain);
    cookie.host_only = scope != DomainScope::domain;
    return scope != DomainScope::refused;
}

/// What a Set-Cookie makes of its words and the URL that it came from.
std::optional<Cookie> make_cookie(const SetCookie& words, const Url& url, CookieTime now) {
    Cookie cookie;
    cookie.name = words.name;
    cookie.value = words.value;
    cookie.path = words.path.empty() ? default_path(url.path) : words.path;
    cookie.expires = words.expires;
    if (words.max_age) {
        const bool is_deletion = *words.max_age == std::chrono::seconds(0);
        cookie.expires = is_deletion ? CookieTime::min() : now + *words.max_age;
    }
    cookie.secure = words.secure;
    cookie.http_only = words.http_only;
    // "Path=/" must be said, and no Domain, whatever it names (RFC 6265bis, 4.1.3.2).
    const bool is_promised =
        !has_host_prefix(words.name) || (words.path == "/" && words.domain.empty());
    if (!is_promised || !set_domain(cookie, url.origin.host, words.domain) ||
        !is_acceptable(cookie)) {
        return std::nullopt;
    }
    return cookie;
}

}  // namespace

void CookieJar::take(const Url& url, std::string_view set_cookie, CookieTime now) {
    const auto words = parse_set_cookie(set_cookie);
    auto cookie = words ? make_cookie(*words, url, now) : std::nullopt;
    const bool is_allowed =
        cookie && (url.origin.is_https || (!cookie->secure && !covers_secure(*cookie)));
    if (is_allowed) {
        put(*std::move(cookie), now);
    }
}

std::string CookieJar::field_for(const Url& url, CookieTime now) {
    std::vector<Kept*> sent;
    for (Kept& kept : kept_) {
        if (is_sent_to(kept.cookie, url) && !has_expired(kept.cookie, now)) {
            sent.push_back(&kept);
        }
    }
    std::ranges::sort(sent, {}, [](const Kept* kept) {
        return std::pair(-std::ssize(kept->cookie.path), kept);  // kept_ is in order of age
    });
    std::string field;
    for (Kept* kept : sent) {
        const auto& [name, value] = std::tie(kept->cookie.name, kept->cookie.value);
        const std::string_view separator = field.empty() ? "" : "; ";
        if (field.size() + separator.size() + name.size() + 1 + value.size() > max_field) {
            break;
        }
        field.append(separator).append(name).append("=").append(value);
        kept->used = ++uses_;
    }
    return field;
}

void CookieJar::add(Cookie cookie, CookieTime now) {
    const bool is_shared =
        !cookie.host_only && domain_scope(cookie.domain, cookie.domain) == DomainScope::domain;
    cookie.host_only = !is_shared;
    if (is_acceptable(cookie)) {
        put(std::move(cookie), now);
    }
}

std::vector<Cookie> CookieJar::cookies(CookieTime now) const {
    std::vector<Cookie> cookies;
    for (const Kept& kept : kept_) {
        if (!has_expired(kept.cookie, now)) {
            cookies.push_back(kept.cookie);
        }
    }
    return cookies;
}

void CookieJar::put(Cookie cookie, CookieTime now) {
    const auto old =
        std::ranges::find_if(kept_, [&](const Kept& kept) { return is_same(kept.cookie, cookie); });
    if (has_expired(cookie, now)) {
        if (old != kept_.end()) {
            kept_.erase(old);
        }
    } else if (old != kept_.end()) {
        *old = {std::move(cookie), ++uses_};  // as old as it was (RFC 6265, 5.3, 11)
    } else {
        const std::string domain = cookie.domain;
        kept_.push_back({std::move(cookie), ++uses_});
        make_room(domain, now);
    }
}

void CookieJar::make_room(std::string_view domain, CookieTime now) {
    const auto is_of_domain = [&](const Kept& kept) { return kept.cookie.domain == domain; };
    const auto of_domain = [&] {
        return static_cast<std::size_t>(std::ranges::count_if(kept_, is_of_domain));
    };
    if (of_domain() > max_of_a_domain || kept_.size() > max_cookies) {
        std::erase_if(kept_, [&](const Kept& kept) { return has_expired(kept.cookie, now); });
    }
    if (of_domain() > max_of_a_domain) {
        kept_.erase(std::ranges::min_element(kept_, {}, [&](const Kept& kept) {
            return std::tuple(!is_of_domain(kept), kept.cookie.secure, kept.used);
        }));
    }
    if (kept_.size() > max_cookies) {
        kept_.erase(std::ranges::min_element(kept_, {}, &Kept::used));
    }
}

/// Whether a cookie from http would be sent in place of a secure one, or before it (RFC 6265bis,
/// 5.7).
bool CookieJar::covers_secure(const Cookie& cookie) const {
    return std::ranges::any_of(kept_, [&](const Kept& kept) {
        const Cookie& other = kept.cookie;
        return other.secure && other.name == cookie.name &&
               (domain_matches(other.domain, cookie.domain) ||
                domain_matches(cookie.domain, other.domain)) &&
               path_matches(cookie.path, other.path);
    });
}

}  // namespace cookbook::http_client
