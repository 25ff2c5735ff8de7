// Resources that lead elsewhere.
#include <fmt/format.h>

#include <boost/algorithm/string/case_conv.hpp>
#include <string>

#include "field.hpp"
#include "number.hpp"
#include "resources.hpp"

namespace cookbook::http_client {
namespace {

using http::verb;

/// How many redirects are left, counting this one.
unsigned left_of(const Parameters& parameters) {
    return number_of<unsigned>(parameters, "n", 0, 1);
}

http::Response relative(http::Request&, const Parameters& parameters) {
    const unsigned left = left_of(parameters);
    return redirect_to(left == 1 ? "/get" : fmt::format("/relative-redirect/{}", left - 1));
}

http::Response absolute(http::Request& request, const Parameters& parameters) {
    const unsigned left = left_of(parameters);
    return redirect_to(
        fmt::format("http://{}{}", request.host,
                    left == 1 ? "/get" : fmt::format("/absolute-redirect/{}", left - 1)));
}

http::Response redirect(http::Request& request, const Parameters& parameters) {
    const std::string is_absolute(parameters.get("absolute"));
    return boost::to_lower_copy(is_absolute) == "true" ? absolute(request, parameters)
                                                       : relative(request, parameters);
}

http::Response chosen(http::Request&, const Parameters& parameters) {
    if (!parameters.contains("url")) {
        throw http::bad_request("url is missing");
    }
    const auto status = number_of<unsigned>(parameters, "status_code", 302);
    const bool leads_elsewhere = status >= 300 && status < 400;
    http::Response response(http::status(leads_elsewhere ? status : 302));
    add_location(response, parameters.get("url"));
    return response;
}

}  // namespace

void add_redirects(Dispatcher& dispatcher) {
    dispatcher.add(verb::get, "/redirect/{n}", redirect);
    dispatcher.add(verb::get, "/relative-redirect/{n}", relative);
    dispatcher.add(verb::get, "/absolute-redirect/{n}", absolute);
    for (const verb method : all_methods) {
        dispatcher.add(method, "/redirect-to", chosen);
    }
}

}  // namespace cookbook::http_client
