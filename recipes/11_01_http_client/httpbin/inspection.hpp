// What a request says, as JSON: httpbin's members.
#pragma once

#include <string>

#include "11_05_rest_interface/parameters.hpp"
#include "common/http/message.hpp"
#include "json_text.hpp"

namespace cookbook::http_client::httpbin {

/// The parameters of the query. Throws http::Error if it is malformed.
[[nodiscard]] Values args_of(const http::Request& request);

/// The parameters with their names in lower case: httpbin takes some of them in any case.
[[nodiscard]] rest_interface::Parameters with_lower_names(
    const rest_interface::Parameters& parameters);

/// The fields, named as CGI would show them: Title-Case, repeated ones joined by commas, bytes as
/// ISO-8859-1. What proxies add is left out, unless the query says `show_env`.
[[nodiscard]] std::map<std::string, std::string> headers_of(const http::Request& request);

/// Who asks: the address that X-Forwarded-For names, or the peer's.
[[nodiscard]] std::string origin_of(const http::Request& request);

/// What has been asked for, by the scheme that a proxy names in X-Forwarded-Proto, or http. Decoded
/// as for people: what is not ASCII is shown as such, delimiters and blanks stay encoded.
[[nodiscard]] std::string url_of(const http::Request& request);

/// args, headers, origin and url.
[[nodiscard]] Members describe(const http::Request& request);

/// data, files, form and json: of a body that has been read. Of a form `data` is empty; bytes that
/// are not UTF-8 are a data: URL (RFC 2397). Throws http::Error if a form is malformed.
[[nodiscard]] Members describe_body(const http::Request& request);

}  // namespace cookbook::http_client::httpbin
