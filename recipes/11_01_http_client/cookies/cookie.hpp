// A cookie, and where it is sent (RFC 6265, 5.1). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "11_01_http_client/message/url.hpp"
#include "cookie_date.hpp"

namespace cookbook::http_client {

struct Cookie {
    std::string name;
    std::string value;
    std::string domain;                 // in lower case, without a dot before it
    std::string path = "/";             // begins with a slash
    std::optional<CookieTime> expires;  // none: with the session
    bool host_only = true;              // not for the names below the domain
    bool secure = false;                // for https only
    bool http_only = false;             // not for a page's scripts: we have none, and keep the word

    bool operator==(const Cookie&) const = default;
};

/// Whether a host, in lower case, is an IP address: IPv6, or any form of IPv4 that a resolver
/// takes. Its last label is a number, 1 or 0x1, which no top-level domain is.
[[nodiscard]] bool is_address(std::string_view host);

/// Whether a host is `domain` or a name below it (5.1.3). Both in lower case. Nothing is below an
/// address.
[[nodiscard]] bool domain_matches(std::string_view host, std::string_view domain);

/// Whether the path of a request is `cookie_path` or lies below it (5.1.4).
[[nodiscard]] bool path_matches(std::string_view request_path, std::string_view cookie_path);

/// The path of a cookie whose server has named none: the folder of the request's (5.1.4).
[[nodiscard]] std::string_view default_path(std::string_view request_path);

/// Whether a request for the URL takes the cookie along (5.4). Ports make no difference.
[[nodiscard]] bool is_sent_to(const Cookie& cookie, const Url& url);

/// Whether a name begins with __Host-, in any case: the cookie is of one host and all its paths.
[[nodiscard]] bool has_host_prefix(std::string_view name);

/// Whether a cookie can be kept: a name; no controls, not even a tab; name and value of at most
/// 4,096 bytes together; what __Secure- and __Host- in its name promise (RFC 6265bis, 4.1.3).
[[nodiscard]] bool is_acceptable(const Cookie& cookie);

}  // namespace cookbook::http_client
