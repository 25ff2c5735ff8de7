// Where a request goes after a redirect, and what it takes along. Pure.
#pragma once

#include <string>

#include "message/request.hpp"
#include "message/response.hpp"
#include "message/url.hpp"

namespace cookbook::http_client {

/// A request on its way from one URL to the next.
struct Hop {
    std::string method;
    Url url;
    bool has_content = true;  // the request's body, if it has one, and its Content-… fields
    /// Whether it may have what is meant for the first origin only, and for the first host only.
    bool at_first_origin = true;
    bool at_first_host = true;
};

/// Where the request goes at first. Throws std::invalid_argument if its URL is refused.
[[nodiscard]] Hop first_hop(const Request& request);

/// Whether a response sends its client elsewhere: 301, 302, 303, 307 or 308 with a Location.
[[nodiscard]] bool is_redirect(const Response& response) noexcept;

/// The hop that a redirect leads to; `first` is where the request went at first. POST becomes GET
/// after 301 and 302, all but HEAD become it after 303 (the Fetch standard's rule): without the
/// body, and what describes it. Throws system_error(Error::bad_redirect) if the Location is not a
/// URL of http or https, or has controls.
[[nodiscard]] Hop next_hop(const Hop& from, const Response& redirect, const Origin& first);

}  // namespace cookbook::http_client
