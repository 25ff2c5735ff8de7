#include "cookie.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include "11_01_http_client/message/percent_encoding.hpp"

namespace cookbook::http_client {

bool is_address(std::string_view host) {
    host.remove_suffix(host.ends_with('.') ? 1 : 0);  // the root's
    const std::string_view label = host.substr(host.rfind('.') + 1);
    const bool is_hexadecimal = label.starts_with("0x");
    const std::string_view digits = is_hexadecimal ? "0123456789abcdef" : "0123456789";
    return host.find(':') != host.npos ||
           label.find_first_not_of(digits, is_hexadecimal ? 2 : 0) == label.npos;
}

bool domain_matches(std::string_view host, std::string_view domain) {
    // [step 3] A domain is the host itself, or whole labels at the end of its name.
    if (host == domain) {
        return true;
    }
    return !domain.empty() && host.size() > domain.size() && host.ends_with(domain) &&
           host[host.size() - domain.size() - 1] == '.' && !is_address(host);
    // [end]
}

bool path_matches(std::string_view request_path, std::string_view cookie_path) {
    // [step 3] A path is the request's own, or whole segments at its beginning.
    if (!request_path.starts_with(cookie_path)) {
        return false;
    }
    return request_path.size() == cookie_path.size() || cookie_path.ends_with('/') ||
           request_path[cookie_path.size()] == '/';
    // [end]
}

std::string_view default_path(std::string_view request_path) {
    const std::size_t slash = request_path.rfind('/');
    return slash == 0 || slash == request_path.npos ? "/" : request_path.substr(0, slash);
}

bool is_sent_to(const Cookie& cookie, const Url& url) {
    const bool right_host = cookie.host_only ? url.origin.host == cookie.domain
                                             : domain_matches(url.origin.host, cookie.domain);
    return right_host && path_matches(url.path, cookie.path) &&
           (!cookie.secure || url.origin.is_https);
}

bool has_host_prefix(std::string_view name) {
    return boost::algorithm::istarts_with(name, "__Host-");
}

bool is_acceptable(const Cookie& cookie) {
    constexpr std::size_t max_size = 4096;
    if (cookie.name.empty() || cookie.name.size() + cookie.value.size() > max_size ||
        has_control(cookie.name) || has_control(cookie.value) || has_control(cookie.domain) ||
        has_control(cookie.path)) {
        return false;
    }
    if (has_host_prefix(cookie.name)) {
        return cookie.secure && cookie.host_only && cookie.path == "/";
    }
    return cookie.secure || !boost::algorithm::istarts_with(cookie.name, "__Secure-");
}

}  // namespace cookbook::http_client
