#include "inspection.hpp"

#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <cctype>
#include <utility>

#include "11_01_http_client/message/basic_credentials.hpp"
#include "11_05_rest_interface/multipart.hpp"
#include "common/http/grammar.hpp"
#include "common/net/utf8.hpp"
#include "iri.hpp"
#include "utf8.hpp"

namespace cookbook::http_client::httpbin {
namespace {

using rest_interface::Parameters;
using rest_interface::Part;

/// What the proxies in front of httpbin.org add.
constexpr std::array<std::string_view, 15> proxy_fields = {
    "Connect-Time",         "Total-Route-Time",         "Via",
    "X-Forwarded-For",      "X-Forwarded-Port",         "X-Forwarded-Proto",
    "X-Forwarded-Protocol", "X-Forwarded-Ssl",          "X-Heroku-Dynos-In-Use",
    "X-Heroku-Queue-Depth", "X-Heroku-Queue-Wait-Time", "X-Real-Ip",
    "X-Request-Id",         "X-Request-Start",          "X-Varnish"};

using Headers = std::map<std::string, std::string>;

std::string title_case(std::string_view name) {
    std::string title;
    bool in_word = false;
    for (const char c : name) {
        const auto letter = static_cast<unsigned char>(c);
        title += static_cast<char>(in_word ? std::tolower(letter) : std::toupper(letter));
        in_word = std::isalpha(letter) != 0;
    }
    return title;
}

Headers all_headers_of(const http::Request& request) {
    Headers headers;
    for (const http::Field& field : request.fields) {
        const auto [header, is_new] =
            headers.try_emplace(title_case(field.name), from_latin1(field.value));
        if (!is_new) {
            header->second.append(",").append(from_latin1(field.value));
        }
    }
    return headers;
}

std::string value_of(const Headers& headers, const std::string& name) {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string() : found->second;
}

std::string scheme_of(const Headers& headers) {
    for (const auto* name : {"X-Forwarded-Proto", "X-Forwarded-Protocol"}) {
        if (std::string scheme = value_of(headers, name); !scheme.empty()) {
            return scheme;
        }
    }
    return value_of(headers, "X-Forwarded-Ssl") == "on" ? "https" : "http";
}

std::string text_or_data_url(std::string_view bytes, std::string_view content_type) {
    if (is_utf8(bytes)) {
        return std::string(bytes);
    }
    return "data:" + std::string(content_type) + ";base64," + to_base64(bytes);
}

void add_parts(const std::vector<Part>& parts, Values& form, Values& files) {
    for (const Part& part : parts) {
        if (part.is_file) {
            files[part.name].push_back(text_or_data_url(
                part.content,
                part.content_type.empty() ? "application/octet-stream" : part.content_type));
        } else {
            form[part.name].emplace_back(part.content);
        }
    }
}

Values values_of(std::string_view urlencoded) {
    Parameters parameters;
    rest_interface::add_urlencoded(parameters, urlencoded).value();
    Values values;
    for (const auto& [name, value] : parameters) {
        values[name].push_back(value);
    }
    return values;
}

}  // namespace

Values args_of(const http::Request& request) {
    return values_of(request.query);
}

Parameters with_lower_names(const Parameters& parameters) {
    Parameters lower;
    for (const auto& [name, value] : parameters) {
        lower.add(http::grammar::to_lower(name), value);
    }
    return lower;
}

Headers headers_of(const http::Request& request) {
    Headers headers = all_headers_of(request);
    if (!args_of(request).contains("show_env")) {
        for (const std::string_view name : proxy_fields) {
            headers.erase(std::string(name));
        }
    }
    return headers;
}

std::string origin_of(const http::Request& request) {
    const Headers headers = all_headers_of(request);
    const auto forwarded = headers.find("X-Forwarded-For");
    return forwarded == headers.end() ? request.peer.address().to_string() : forwarded->second;
}

std::string url_of(const http::Request& request) {
    std::string_view host = request.host;
    std::string_view target = request.target;
    if (!target.starts_with('/')) {  // it is absolute: "http://host/path"
        target.remove_prefix(target.find("://") + 3 + host.size());
    }
    if (host.ends_with(":80")) {
        host.remove_suffix(3);
    }
    const std::string path = iri_of_path(target.substr(0, target.find('?')));
    const std::string query = iri_of_query(request.query);
    return scheme_of(all_headers_of(request)) + "://" + std::string(host) +
           (path.empty() ? "/" : path) + (query.empty() ? "" : "?" + query);
}

Members describe(const http::Request& request) {
    Members headers;
    for (const auto& [name, value] : headers_of(request)) {
        headers.emplace(name, to_json(value));
    }
    return {{"args", to_json(args_of(request))},
            {"headers", to_json(headers)},
            {"origin", to_json(origin_of(request))},
            {"url", to_json(url_of(request))}};
}

Members describe_body(const http::Request& request) {
    const std::string_view body = request.body();
    const std::string_view type = request[http::field::content_type];
    const bool is_form = rest_interface::is_form(type);
    Values form;
    Values files;
    if (is_form && boost::istarts_with(type, "multipart/")) {
        const std::string boundary = rest_interface::boundary_of(type).value();
        add_parts(rest_interface::parse_multipart(body, boundary).value(), form, files);
    } else if (is_form) {
        form = values_of(body);
    }
    const std::string_view data = is_form ? std::string_view() : body;
    return {{"data", to_json(text_or_data_url(data, "application/octet-stream"))},
            {"files", to_json(files)},
            {"form", to_json(form)},
            {"json", json_or_null(data)}};
}

}  // namespace cookbook::http_client::httpbin
