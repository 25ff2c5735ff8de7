// REST without a network, over a database of its own.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <utility>

#include "11_05b_rest_api_service.hpp"
#include "11_15_control_plane/rest.hpp"
#include "11_15_control_plane/schema.hpp"

namespace cookbook::control_plane {

using rest_api::Headers;
using rest_api::Response;

class Rest {
public:
    explicit Rest(const std::string& url, http::Limits limits = {})
        : options_{.key = "secret", .limits = limits},
          database({.url = url, .limit = 20s, .ready_limit = 20s}, migrations()),
          watchers(database),
          service(database, [this] { ++changes; }),
          application(make_rest(service, watchers, options_)) {}

    /// With the key and the type of JSON.
    asio::awaitable<Response> send(http::verb method, std::string target, std::string body = {},
                                   Headers headers = {}) const {
        headers.emplace_back("Authorization", "Bearer secret");
        headers.emplace_back("Content-Type", "application/json");
        return rest_api::ask(application, method, std::move(target), std::move(headers),
                             std::move(body));
    }
    asio::awaitable<Response> get(std::string target) const {
        return send(http::verb::get, std::move(target));
    }
    asio::awaitable<Response> post(std::string target, std::string body,
                                   Headers headers = {}) const {
        return send(http::verb::post, std::move(target), std::move(body), std::move(headers));
    }
    asio::awaitable<Response> remove(std::string target) const {
        return send(http::verb::delete_, std::move(target));
    }

private:
    RestOptions options_;

public:
    int changes = 0;
    rest_api::Database database;
    Watchers watchers;
    Service service;
    http::Application application;
};

/// "409 held": the status of a problem, and its kind.
inline std::string kind_of(const Response& response) {
    const boost::json::object problem = response.json();
    const std::string type = problem.at("type").as_string().c_str();
    BOOST_TEST(problem.at("status").as_int64() == response.status);
    BOOST_TEST(response.field("Content-Type") == "application/problem+json");
    return std::to_string(response.status) + " " + type.substr(type.find('#') + 1);
}

/// The fields of a problem's mistakes: "name cidr".
inline std::string fields_of(const Response& response) {
    std::string all;
    const boost::json::object problem = response.json();
    if (const auto* errors = problem.if_contains("errors")) {
        for (const auto& one : errors->as_array()) {
            all += (all.empty() ? "" : " ") + std::string(one.at("field").as_string().c_str());
        }
    }
    return all;
}

/// The addresses of a response's leases: "192.0.2.1 192.0.2.2".
inline std::string addresses_of(const Response& response) {
    std::string all;
    const boost::json::object object = response.json();
    for (const auto& lease : object.at("leases").as_array()) {
        all += (all.empty() ? "" : " ") + std::string(lease.at("address").as_string().c_str());
    }
    return all;
}

}  // namespace cookbook::control_plane
