// Resources that lead elsewhere.
#include <fmt/format.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <string>

#include "field.hpp"
#include "inspection.hpp"
#include "number.hpp"
#include "resources.hpp"

namespace cookbook::http_client::httpbin {
namespace {

using http::verb;

/// How many redirects are left, counting this one.
unsigned left_of(const Parameters& parameters) {
    return number_of<unsigned>(parameters, "times", 0, 1);
}

http::Response redirect_relative(http::Request&, const Parameters& parameters) {
    const unsigned left = left_of(parameters);
    return redirect_to(left == 1 ? "/get" : fmt::format("/relative-redirect/{}", left - 1));
}

http::Response redirect_absolute(http::Request& request, const Parameters& parameters) {
    const unsigned left = left_of(parameters);
    return redirect_to(
        fmt::format("http://{}{}", request.host,
                    left == 1 ? "/get" : fmt::format("/absolute-redirect/{}", left - 1)));
}

http::Response redirect_n(http::Request& request, const Parameters& parameters) {
    const std::string is_absolute(parameters.get("absolute"));
    return boost::to_lower_copy(is_absolute) == "true" ? redirect_absolute(request, parameters)
                                                       : redirect_relative(request, parameters);
}

http::Response redirect_to_url(http::Request&, const Parameters& parameters) {
    const Parameters args = with_lower_names(parameters);
    if (!args.contains("url")) {
        throw http::bad_request("url is missing");
    }
    const auto status = number_of<unsigned>(args, "status_code", 302);
    const bool leads_elsewhere = status >= 300 && status < 400;
    http::Response response(http::status(leads_elsewhere ? status : 302));
    add_location(response, args.get("url"));
    return response;
}

}  // namespace

void add_redirects(const Register& add) {
    add(verb::get, "/redirect/{times}", redirect_n);
    add(verb::get, "/relative-redirect/{times}", redirect_relative);
    add(verb::get, "/absolute-redirect/{times}", redirect_absolute);
    for (const verb method : all_methods) {
        add(method, "/redirect-to", redirect_to_url);
    }
}

}  // namespace cookbook::http_client::httpbin
