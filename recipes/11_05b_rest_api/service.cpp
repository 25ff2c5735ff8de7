#include "service.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "admission.hpp"
#include "clock.hpp"
#include "docs_page.hpp"
#include "identified.hpp"
#include "openapi.hpp"
#include "problem.hpp"

namespace cookbook::rest_api {
namespace {

http::Response health() {
    http::Response response(http::status::ok, "application/json");
    response.data() = fmt::format(
        R"({{"status":"healthy","timestamp":"{}","service":"REST API","version":"1.0.0"}})", now());
    return response;
}

http::Response of_text(std::string_view type, const std::string& text) {
    http::Response response(http::status::ok, type);
    response.data() = text;
    return response;
}

http::Response docs() {
    http::Response response = of_text("text/html; charset=utf-8", docs_page());
    response.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
    return response;
}

asio::awaitable<http::Response> ready(Database& database) {
    co_await database.check();
    co_return of_text("application/json", R"({"status":"ready"})");
}

/// The response to a request of the service's own resources.
http::ResponseFuture respond_itself(Database& database, Action action, http::Request& request) {
    if (auto refusal = refuse_query(request)) {
        return *std::move(refusal);
    }
    switch (action) {
        case Action::ready:
            return ready(database);
        case Action::document:
            return of_text("application/json", openapi_document());
        case Action::docs:
            return docs();
        default:
            return health();
    }
}

asio::awaitable<http::Response> respond(Database& database, const Route& route,
                                        http::Request& request, std::string id) {
    if (route.operation->method == http::verb::get) {
        co_await request.read_body();  // it has no meaning, but may be malformed
    }
    if (!route.kind) {
        co_return co_await respond_itself(database, route.operation->action, request).wait();
    }
    switch (route.operation->action) {
        case Action::list:
            co_return co_await list(database, *route.kind, request);
        case Action::create:
            co_return co_await create(database, *route.kind, request);
        case Action::get:
            co_return co_await get(database, *route.kind, request, std::move(id));
        default:
            co_return co_await change(database, *route.kind, request, std::move(id));
    }
}

/// Whatever the database says is for the log.
asio::awaitable<http::Response> or_unavailable(const http::Request& request,
                                               asio::awaitable<http::Response> response) {
    try {
        co_return co_await std::move(response);
    } catch (const DatabaseError& error) {
        spdlog::warn("database: {} id={}", error.what(), id_of(request));
    }
    http::Response refusal =
        problem(http::status::service_unavailable, "The database does not answer.");
    refusal.add(http::field::retry_after, "1");
    co_return refusal;
}

}  // namespace

Dispatcher make_dispatcher(Database& database, std::uint64_t max_body) {
    Dispatcher dispatcher(rest_interface::Forms::left);
    for (const Route& route : routes()) {
        dispatcher.add(
            route.operation->method, route.path,
            [&database, &route](http::Request& request,
                                const Parameters& parameters) -> http::ResponseFuture {
                return or_unavailable(
                    request, respond(database, route, request, std::string(parameters.get("id"))));
            },
            max_body);
    }
    return dispatcher;
}

}  // namespace cookbook::rest_api
