#include "openapi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cctype>
#include <string_view>

#include "openapi_schemas.hpp"
#include "routes.hpp"

namespace cookbook::rest_api {
namespace {

namespace json = boost::json;

json::object content(std::string_view type, json::value schema) {
    return {{view(type), json::object{{"schema", std::move(schema)}}}};
}

json::object parameter(std::string_view name, std::string_view in, json::value schema) {
    return {{"name", view(name)},
            {"in", view(in)},
            {"required", in == "path"},
            {"schema", std::move(schema)}};
}

json::array names_of(std::span<const std::string_view> names) {
    json::array array;
    for (const std::string_view name : names) {
        array.push_back(view(name));
    }
    return array;
}

json::array parameters_of_list(const Kind& kind) {
    json::array parameters;
    for (const auto& [name, schema] : list_parameters()) {
        parameters.push_back(parameter(
            name, "query",
            schema.empty() ? json::value(json::object{{"type", "string"},
                                                      {"enum", names_of(kind.sort_columns)}})
                           : json::parse(view(schema))));
    }
    for (const Filter& filter : kind.filters) {
        const bool is_text = kind.find(filter.column)->type == Type::text;
        parameters.push_back(
            parameter(filter.name, "query", json::object{{"type", is_text ? "string" : "number"}}));
    }
    return parameters;
}

json::array parameters_of(const Route& route) {
    const json::object text = {{"type", "string"}};
    json::array parameters;
    if (route.operation->action == Action::list) {
        parameters = parameters_of_list(*route.kind);
    }
    if (route.operation->is_of_one) {
        parameters.push_back(
            parameter("id", "path", json::object{{"type", "integer"}, {"minimum", 1}}));
        parameters.push_back(parameter("If-Match", "header", text));
        parameters.push_back(parameter("If-None-Match", "header", text));
    }
    if (route.operation->action == Action::create) {
        parameters.push_back(
            parameter("Idempotency-Key", "header",
                      json::object{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}));
    }
    return parameters;
}

/// The body of a response that is not an error.
json::object content_of(const Route& route) {
    switch (route.operation->action) {
        case Action::docs:
            return content("text/html", json::object{{"type", "string"}});
        case Action::list:
            return content("application/json",
                           schema_reference(fmt::format("{}List", route.kind->title)));
        default:
            return content("application/json", route.kind ? schema_reference(route.kind->title)
                                                          : json::object{{"type", "object"}});
    }
}

json::object response_of(const Route& route, unsigned code) {
    constexpr unsigned created = 201;
    constexpr unsigned errors = 400;
    const std::string_view reason = boost::beast::http::obsolete_reason(http::status(code));
    json::object response = {{"description", view(reason)}};
    if (code >= errors) {
        response["content"] = content("application/problem+json", schema_reference("Problem"));
    } else if (code <= created) {
        response["content"] = content_of(route);
    }
    return response;
}

json::object request_body(const Route& route) {
    json::object types = content("application/json",
                                 route.operation->action == Action::patch
                                     ? json::object{{"type", "object"}}
                                     : schema_reference(fmt::format("{}Input", route.kind->title)));
    if (route.operation->action == Action::patch) {
        types["application/merge-patch+json"] = types["application/json"];
    }
    return {{"required", true}, {"content", std::move(types)}};
}

json::object operation_of(const Route& route) {
    const Operation& operation = *route.operation;
    const std::string_view thing = route.kind ? route.kind->name : "service";
    json::object responses;
    for (const unsigned code : operation.statuses) {
        responses[std::to_string(code)] = response_of(route, code);
    }
    std::string id = fmt::format("{}_{}", operation.verb, thing);
    id.erase(std::remove(id.begin(), id.end(), '.'), id.end());
    json::object object = {{"operationId", id},
                           {"summary", fmt::format("{} {}", operation.verb, thing)},
                           {"parameters", parameters_of(route)},
                           {"responses", std::move(responses)}};
    if (operation.has_body) {
        object["requestBody"] = request_body(route);
    }
    json::array security;
    if (operation.role) {
        security.push_back(json::object{{"key", json::array()}});
        security.push_back(json::object{{"bearer", json::array()}});
    }
    object["security"] = std::move(security);
    return object;
}

json::object make_document() {
    json::object paths;
    for (const Route& route : routes()) {
        json::value& path = paths[route.path];
        json::object& methods = path.is_object() ? path.get_object() : path.emplace_object();
        std::string method(to_string(route.operation->method));
        std::ranges::transform(method, method.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        methods[method] = operation_of(route);
    }
    const json::object schemes = {
        {"key", json::object{{"type", "apiKey"}, {"in", "header"}, {"name", "X-API-Key"}}},
        {"bearer", json::object{{"type", "http"}, {"scheme", "bearer"}}}};
    json::array servers;
    servers.push_back(json::object{{"url", "/"}});
    return {{"openapi", "3.1.0"},
            {"info", json::object{{"title", "REST API"}, {"version", "1.0.0"}}},
            {"servers", std::move(servers)},
            {"paths", std::move(paths)},
            {"components", json::object{{"schemas", schemas()}, {"securitySchemes", schemes}}}};
}

}  // namespace

const std::string& openapi_document() {
    static const std::string document = json::serialize(make_document());
    return document;
}

}  // namespace cookbook::rest_api
