// Whom a URL names: [user[:password]@]host[:port]. Pure.
#pragma once

#include <boost/system/result.hpp>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "url_error.hpp"

namespace cookbook::http_client {

/// What a connection serves, and what may share secrets (RFC 6454, 4). Equal if scheme, host and
/// port are the same.
struct Origin {
    bool is_https = false;
    std::string host;  // in lower case; an IPv6 address without brackets, in its shortest form
    std::uint16_t port = 80;

    auto operator<=>(const Origin&) const = default;
};

struct Credentials {
    std::string user;
    std::string password;

    bool operator==(const Credentials&) const = default;
};

struct Authority {
    Origin origin;
    std::optional<Credentials> credentials;  // decoded, without controls
};

/// Parses an authority (RFC 3986, 3.2); without a port, it is the scheme's own. Errors: a host that
/// is missing, has more than letters, digits and -._~, or is not an IPv6 address within its
/// brackets; a port above 65,535; a user or password that is malformed or hides a control.
[[nodiscard]] boost::system::result<Authority> parse_authority(std::string_view text,
                                                               bool is_https);

/// The value of the Host field: the port is left out if it is the scheme's own (RFC 9110, 7.2).
[[nodiscard]] std::string host_field(const Origin& origin);

/// The request target of CONNECT: host and port, always both (RFC 9112, 3.2.3).
[[nodiscard]] std::string authority_form(const Origin& origin);

}  // namespace cookbook::http_client
