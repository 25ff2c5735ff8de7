// The cookies of a client: taken, kept within limits, sent back (RFC 6265, 5.3 and 5.4). No I/O.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cookie.hpp"

namespace cookbook::http_client {

/// The clock's, in whole seconds.
inline CookieTime current_time() {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

/// If there are too many cookies, those that have
/// expired go first, then those that were not used for the longest time; of a domain, the secure
/// ones last.
class CookieJar {
public:
    static constexpr std::size_t max_cookies = 3000;
    static constexpr std::size_t max_of_a_domain = 180;
    static constexpr std::size_t max_field = std::size_t{8} << 10U;

    /// Takes the value of one field Set-Cookie of a response for `url`: it sets a cookie, replaces
    /// the one of the same name, domain and path, or deletes it. Ignored is what is malformed, not
    /// is_acceptable(), or for a domain that is not the host's own; and, from http, what is secure
    /// or would cover a secure cookie.
    void take(const Url& url, std::string_view set_cookie, CookieTime now = current_time());

    /// The value of Cookie in a request for `url`, empty if it has none: longer paths first, then
    /// older cookies; as many as max_field has room for.
    [[nodiscard]] std::string field_for(const Url& url, CookieTime now = current_time());

    /// Puts a cookie in that was kept elsewhere. Ignored is what has expired or is not
    /// is_acceptable(). For a public suffix or an address, it becomes host_only.
    void add(Cookie cookie, CookieTime now = current_time());

    /// All that have not expired, in the order in which they were first set.
    [[nodiscard]] std::vector<Cookie> cookies(CookieTime now = current_time()) const;

private:
    struct Kept {
        Cookie cookie;
        std::uint64_t used;  // in the order of all uses
    };

    void put(Cookie cookie, CookieTime now);
    void make_room(std::string_view domain, CookieTime now);
    [[nodiscard]] bool covers_secure(const Cookie& cookie) const;

    std::vector<Kept> kept_;  // in the order of their creation
    std::uint64_t uses_ = 0;
};

}  // namespace cookbook::http_client
