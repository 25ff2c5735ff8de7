// URLs of http and https: parsed, resolved, and written for each place that wants one. Pure.
#pragma once

#include <boost/system/result.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "authority.hpp"
#include "url_error.hpp"

namespace cookbook::http_client {

struct Url {
    Origin origin;
    std::optional<Credentials> credentials;  // decoded, without controls
    std::string path = "/";                  // without dot segments; it and what follows encoded
    std::optional<std::string> query;        // without its ?
    std::optional<std::string> fragment;     // without its #

    bool operator==(const Url&) const = default;
};

/// Parses what a user wrote. Path, query and fragment may hold any printable character: "<>\^`{|}
/// and bytes above 127 are percent-encoded, all others kept as they are. Errors: a control or a
/// space anywhere; a scheme that is neither http nor https; as parse_authority().
[[nodiscard]] boost::system::result<Url> parse_url(std::string_view text);

/// Where a Location in the response for `base` leads (RFC 3986, 5.2; RFC 9110, 10.2.2): a reference
/// without a fragment inherits that of `base`. Spaces are percent-encoded, too; otherwise as
/// parse_url(). A reference without an authority keeps the credentials of `base`.
[[nodiscard]] boost::system::result<Url> resolve(const Url& base, std::string_view reference);

/// The URL without user and password: fit to be shown and logged.
[[nodiscard]] std::string to_string(const Url& url);

/// The request target for a server, "/path?query", and for a proxy, "http://host/path?query" (RFC
/// 9112, 3.2).
[[nodiscard]] std::string origin_form(const Url& url);
[[nodiscard]] std::string absolute_form(const Url& url);

}  // namespace cookbook::http_client
