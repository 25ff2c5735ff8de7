#include "hop.hpp"

#include <boost/system/system_error.hpp>
#include <stdexcept>

#include "message/error.hpp"

namespace cookbook::http_client {
namespace {

/// Whether the redirect is to another resource, which is got, not to another place of the same one.
bool becomes_get(const std::string& method, unsigned status) {
    // Browsers have always done that with a POST, whatever the first RFCs said (RFC 9110, 15.4.2).
    const bool is_moved = status == 301 || status == 302;
    return (is_moved && method == "POST") || (status == 303 && method != "HEAD");
}

}  // namespace

Hop first_hop(const Request& request) {
    const auto url = parse_url(request.url);
    if (!url) {
        throw std::invalid_argument(url.error().message());
    }
    Hop hop = {.method = request.method, .url = *url};
    if (!request.params.empty()) {
        std::string& query = hop.url.query ? *hop.url.query : hop.url.query.emplace();
        query.append(query.empty() ? "" : "&").append(encode_form(request.params));
    }
    return hop;
}

bool is_redirect(const Response& response) noexcept {
    switch (response.status) {
        case 301:
        case 302:
        case 303:
        case 307:
        case 308:
            return response.fields.contains("Location");
        default:
            return false;
    }
}

Hop next_hop(const Hop& from, const Response& redirect, const Origin& first) {
    // [step 2] Go where Location leads, and drop what must not travel there.
    const auto url = resolve(from.url, redirect.fields["Location"]);
    if (!url) {
        throw boost::system::system_error(Error::bad_redirect);
    }
    Hop to = {.method = from.method, .url = *url, .has_content = from.has_content};
    to.url.credentials.reset();  // a server has none to give
    if (becomes_get(from.method, redirect.status)) {
        to.method = "GET";
        to.has_content = false;
    }
    to.at_first_origin = to.url.origin == first;
    to.at_first_host = to.url.origin.host == first.host;
    return to;
    // [end]
}

}  // namespace cookbook::http_client
