#include "field.hpp"

#include <fmt/format.h>

#include <string>

#include "11_01_http_client/message/percent_encoding.hpp"
#include "11_05_rest_interface/rest_interface.hpp"
#include "common/http/grammar.hpp"

namespace cookbook::http_client::httpbin {

void add_field(http::Response& response, std::string_view name, std::string_view value) {
    if (!http::grammar::is_token(name)) {
        throw http::bad_request("not the name of a field");
    }
    if (!http::grammar::is_field_value(value)) {
        throw http::bad_request("a control character in the value of " + std::string(name));
    }
    response.add(name, value);
}

void add_location(http::Response& response, std::string_view location) {
    if (!http::grammar::is_field_value(location)) {
        throw http::bad_request("a control character in the location");
    }
    std::string encoded;
    for (const char c : location) {
        if (c > ' ' && c <= '~') {
            encoded += c;
        } else {
            append_encoded(encoded, c);
        }
    }
    response.add(http::field::location, encoded);
}

http::Response redirect_to(std::string_view location) {
    http::Response response(http::status::found, "text/html; charset=utf-8");
    add_location(response, location);
    response.data() =
        fmt::format("<!doctype html>\n<title>Redirecting</title>\n<a href=\"{0}\">{0}</a>\n",
                    rest_interface::escape_html(location));
    return response;
}

}  // namespace cookbook::http_client::httpbin
