#include "status.hpp"

#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/split.hpp>
#include <numeric>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "number.hpp"
#include "resources.hpp"

namespace cookbook::http_client::httpbin {
namespace {

constexpr std::string_view challenge = "Basic realm=\"Fake Realm\"";

constexpr std::string_view media_types =
    R"({"message": "Client did not request a supported media type.", )"
    R"("accept": ["image/webp", "image/svg+xml", "image/jpeg", "image/png", "image/*"]})";

constexpr std::string_view teapot = R"(
    -=[ teapot ]=-

       _...._
     .'  _ _ `.
    | ."` ^ `". _,
    \_;`"---"`|//
      |       ;/
      \_     _/
        `"""`
)";

/// One of the statuses in "200", "200,500" or "200:3,500:1", each as often as its weight says.
unsigned choose_status(const std::string& codes) {
    std::vector<std::string> choices;
    boost::split(choices, codes, boost::is_any_of(","));
    std::vector<unsigned> statuses;
    std::vector<double> weights;
    for (const std::string_view choice : choices) {
        const std::size_t colon = choice.find(':');
        const bool has_weight = colon != choice.npos;
        statuses.push_back(
            parse_number("a status", choice.substr(0, colon), min_status, max_status).value());
        weights.push_back(
            has_weight ? parse_number("a weight", choice.substr(colon + 1), 0.0, 1e6).value() : 1);
    }
    if (std::accumulate(weights.begin(), weights.end(), 0.0) == 0) {
        throw http::bad_request("no status has a weight");
    }
    std::mt19937 random(std::random_device{}());
    return statuses[std::discrete_distribution<std::size_t>(weights.begin(),
                                                            weights.end())(random)];
}

http::Response send_status(http::Request&, const Parameters& parameters) {
    return status_response(choose_status(std::string(parameters.get("codes"))));
}

}  // namespace

http::Response status_response(unsigned status) {
    http::Response response{http::status(status)};
    switch (status) {
        case 301:
        case 302:
        case 303:
        case 305:
        case 307:
            response.add(http::field::location, "/redirect/1");
            break;
        case 401:
            response.add(http::field::www_authenticate, challenge);
            break;
        case 402:
            response.add("x-more-info", "http://vimeo.com/22053820");
            break;
        case 406:
            response.add(http::field::content_type, "application/json");
            response.data() = media_types;
            break;
        case 407:
            response.add(http::field::proxy_authenticate, challenge);
            break;
        case 418:
            response.add("x-more-info", "http://tools.ietf.org/html/rfc2324");
            response.data() = teapot;
            break;
        default:
            break;
    }
    return response;
}

void add_statuses(const Register& add) {
    for (const http::verb method : all_methods) {
        add(method, "/status/{codes}", send_status);
    }
}

}  // namespace cookbook::http_client::httpbin
