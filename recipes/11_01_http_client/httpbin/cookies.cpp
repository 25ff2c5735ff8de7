// Resources that set, show and delete cookies.
#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "common/http/grammar.hpp"
#include "cookie_text.hpp"
#include "field.hpp"
#include "inspection.hpp"
#include "resources.hpp"

namespace cookbook::http_client::httpbin {
namespace {

using http::verb;

/// What the statistics of httpbin.org leave in a browser.
constexpr std::array<std::string_view, 8> hidden_cookies = {"_gauges_unique",
                                                            "_gauges_unique_day",
                                                            "_gauges_unique_hour",
                                                            "_gauges_unique_month",
                                                            "_gauges_unique_year",
                                                            "__utma",
                                                            "__utmb",
                                                            "__utmz"};

http::Response show_cookies(http::Request& request, const Parameters& parameters) {
    Members cookies;
    for (const http::Field& field : request.fields) {
        if (field.id == http::field::cookie) {
            for (const auto& [name, value] : split_cookies(field.value)) {
                cookies.try_emplace(name, to_json(value));
            }
        }
    }
    if (!parameters.contains("show_env")) {
        for (const std::string_view name : hidden_cookies) {
            cookies.erase(std::string(name));
        }
    }
    return json_response({{"cookies", to_json(cookies)}});
}

/// Throws http::Error if the cookie would break its field, or become another one.
void set_cookie(http::Response& response, std::string_view name, std::string_view value,
                std::string_view attributes = "; Path=/") {
    if (!http::grammar::is_token(name) || !http::grammar::is_field_value(value)) {
        throw http::bad_request("no cookie can be made of it");
    }
    add_field(response, "Set-Cookie",
              fmt::format("{}={}{}", name, quote_cookie_value(value), attributes));
}

http::Response set_named_cookie(http::Request&, const Parameters& parameters) {
    http::Response response = redirect_to("/cookies");
    set_cookie(response, parameters.get("name"), parameters.get("value"));
    return response;
}

http::Response set_cookies(http::Request& request, const Parameters&) {
    http::Response response = redirect_to("/cookies");
    for (const auto& [name, values] : args_of(request)) {
        set_cookie(response, name, values.front());
    }
    return response;
}

http::Response delete_cookies(http::Request& request, const Parameters&) {
    http::Response response = redirect_to("/cookies");
    for (const auto& [name, values] : args_of(request)) {
        set_cookie(response, name, "",
                   "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Path=/");
    }
    return response;
}

}  // namespace

void add_cookies(const Register& add) {
    add(verb::get, "/cookies", show_cookies);
    add(verb::get, "/cookies/set", set_cookies);
    add(verb::get, "/cookies/set/{name}/{value}", set_named_cookie);
    add(verb::get, "/cookies/delete", delete_cookies);
}

}  // namespace cookbook::http_client::httpbin
