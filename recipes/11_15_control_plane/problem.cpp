#include "problem.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <string>

namespace cookbook::control_plane {
namespace {

namespace json = boost::json;

json::array to_json(const std::vector<Mistake>& mistakes) {
    json::array errors;
    for (const auto& [field, detail] : mistakes) {
        errors.push_back(json::object{{"field", field}, {"detail", detail}});
    }
    return errors;
}

}  // namespace

std::string_view kind_of(http::status status) {
    switch (status) {
        case http::status::bad_request:
            return "malformed";
        case http::status::unauthorized:
            return "unauthorized";
        case http::status::not_found:
            return "not-found";
        case http::status::method_not_allowed:
            return "method-not-allowed";
        case http::status::request_timeout:
            return "too-slow";
        case http::status::payload_too_large:
            return "too-large";
        case http::status::unsupported_media_type:
            return "not-json";
        case http::status::service_unavailable:
            return "unavailable";
        default:
            return "refused";
    }
}

http::Response to_problem(const Refused& refused) {
    const auto title = boost::beast::http::obsolete_reason(refused.status);
    json::object problem = {{"type", "/openapi.json#" + std::string(refused.kind)},
                            {"title", json::string_view(title.data(), title.size())},
                            {"status", static_cast<unsigned>(refused.status)},
                            {"detail", refused.what()}};
    if (!refused.mistakes.empty()) {
        problem["errors"] = to_json(refused.mistakes);
    }
    http::Response response(refused.status, "application/problem+json");
    response.data() = json::serialize(problem) + "\n";
    return response;
}

http::Response to_problem(http::status status, std::string_view detail) {
    return to_problem(Refused(status, kind_of(status), std::string(detail)));
}

}  // namespace cookbook::control_plane
