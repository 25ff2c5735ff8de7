#include "rest.hpp"

#include <spdlog/spdlog.h>

#include <boost/json/parse.hpp>
#include <string>
#include <utility>

#include "11_05_rest_interface/dispatcher.hpp"
#include "11_05_rest_interface/middleware.hpp"
#include "11_05b_rest_api/admission.hpp"
#include "11_05b_rest_api/identified.hpp"
#include "common/http/grammar.hpp"
#include "page.hpp"
#include "problem.hpp"
#include "queries.hpp"
#include "routes.hpp"
#include "watching.hpp"

namespace cookbook::control_plane {
namespace {

/// Whoever brings the key may do everything.
void require_key(const http::Request& request, const RestOptions& options) {
    if (!is_key(rest_api::bearer_of(request), options)) {
        throw Refused(http::status::unauthorized, "unauthorized",
                      "The key is needed, as Authorization: Bearer.");
    }
    rest_api::set_key_name(request, "admin");
}

boost::json::object parse_object(std::string_view body) {
    boost::json::error_code error;
    boost::json::value value = boost::json::parse({body.data(), body.size()}, error);
    if (error) {
        throw Refused(http::status::bad_request, "malformed", "The body is not JSON.");
    }
    if (!value.is_object()) {
        throw invalid({{"body", "must be an object"}});
    }
    return std::move(value.get_object());
}

asio::awaitable<boost::json::object> read_object(http::Request& request) {
    const auto type = rest_api::media_type_of(request[http::field::content_type]);
    if (!http::grammar::same_name(type, "application/json")) {
        throw Refused(http::status::unsupported_media_type, "not-json",
                      "The body must be of type application/json.");
    }
    co_return parse_object(co_await request.read_body());
}

asio::awaitable<http::Response> handle(const Route& route, Service& service,
                                       const RestOptions& options, http::Request& request,
                                       Parameters parameters) {
    if (route.needs_key) {
        require_key(request, options);
    }
    check_names(rest_api::query_of(request), route.query);
    Call call{service, request, std::move(parameters), {}};
    if (!route.body.empty()) {
        call.body = co_await read_object(request);
    } else {
        co_await request.read_body();  // a malformed request changes nothing
    }
    co_return co_await route.handle(std::move(call));
}

http::Response to_response(const Refused& refused) {
    http::Response response = to_problem(refused);
    if (refused.status == http::status::unauthorized) {
        response.add(http::field::www_authenticate, R"(Bearer realm="ipam")");
    }
    return response;
}

/// What the database says is for the log.
http::Response to_response(const rest_api::DatabaseError& error, const http::Request& request) {
    spdlog::warn("database: {} id={}", error.what(), rest_api::id_of(request));
    http::Response response =
        to_problem(http::status::service_unavailable, "The database does not answer.");
    response.add(http::field::retry_after, "1");
    return response;
}

/// What a handler refuses, and what the database does, becomes a response.
asio::awaitable<http::Response> or_problem(const http::Request& request,
                                           asio::awaitable<http::Response> response) {
    try {
        co_return co_await std::move(response);
    } catch (const Refused& refused) {
        co_return to_response(refused);
    } catch (const rest_api::DatabaseError& error) {
        co_return to_response(error, request);
    }
}

rest_interface::Dispatcher make_dispatcher(Service& service, Watchers& watchers,
                                           const RestOptions& options) {
    rest_interface::Dispatcher dispatcher(rest_interface::Forms::left);
    for (const Route& route : routes()) {
        dispatcher.add(
            route.method, route.path,
            [&route, &service, &options](http::Request& request,
                                         Parameters parameters) -> http::ResponseFuture {
                return or_problem(request,
                                  handle(route, service, options, request, std::move(parameters)));
            },
            options.limits.max_body);
    }
    dispatcher.add(http::verb::get, "/v1/events",
                   [&watchers, &options](http::Request& request, const Parameters&) {
                       return respond_to_watcher(request, watchers, options);
                   });
    dispatcher.add(http::verb::get, "/",
                   [](http::Request&, const Parameters&) { return page_response(); });
    return dispatcher;
}

http::Response plain_to_problem(http::status status, std::string_view detail) {
    return to_problem(status, detail);
}

}  // namespace

http::Application make_rest(Service& service, Watchers& watchers, const RestOptions& options) {
    http::Application application =
        rest_interface::limited(make_dispatcher(service, watchers, options), options.max_requests);
    application = rest_api::with_problems(std::move(application), plain_to_problem);
    return rest_api::identified(std::move(application), "");
}

}  // namespace cookbook::control_plane
