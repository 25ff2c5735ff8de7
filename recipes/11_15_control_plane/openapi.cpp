#include "openapi.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cctype>
#include <string_view>

#include "11_05b_rest_api/openapi_schemas.hpp"
#include "routes.hpp"

namespace cookbook::control_plane {
namespace {

namespace json = boost::json;
using rest_api::schema_reference;
using rest_api::view;

/// What requests and responses have. Times are in seconds since 1970.
constexpr std::string_view all_schemas = R"({
"NewPool": {"type": "object", "required": ["name", "cidr"], "additionalProperties": false, "properties": {
    "name": {"type": "string", "pattern": "^[a-z0-9.-]{1,64}$"},
    "cidr": {"type": "string", "examples": ["192.0.2.0/24", "2001:db8::/64"]},
    "reserved": {"type": "array", "maxItems": 1000, "items": {"type": "string"},
                 "examples": [["192.0.2.1", "192.0.2.2-192.0.2.9", "192.0.2.64/28"]]},
    "cooldown": {"$ref": "#/components/schemas/Seconds"},
    "ttl": {"$ref": "#/components/schemas/Seconds"},
    "note": {"type": "string", "maxLength": 1000}}},
"Pool": {"type": "object",
    "required": ["name", "cidr", "reserved", "cooldown", "ttl", "note", "size", "held", "free"], "properties": {
    "name": {"type": "string"}, "cidr": {"type": "string"},
    "reserved": {"type": "array", "items": {"type": "string"}},
    "cooldown": {"$ref": "#/components/schemas/Seconds"},
    "ttl": {"$ref": "#/components/schemas/Seconds"}, "note": {"type": "string"},
    "size": {"type": "string", "pattern": "^[0-9]+$"}, "held": {"type": "integer", "minimum": 0},
    "free": {"type": "string", "pattern": "^[0-9]+$"}}},
"Pools": {"type": "object", "required": ["pools"], "properties": {
    "pools": {"type": "array", "items": {"$ref": "#/components/schemas/Pool"}}}},
"NewLease": {"type": "object", "required": ["owner"], "additionalProperties": false, "properties": {
    "owner": {"type": "string", "minLength": 1, "maxLength": 255},
    "ttl": {"$ref": "#/components/schemas/Seconds"}, "address": {"type": "string"},
    "count": {"type": "integer", "minimum": 1, "maximum": 256, "default": 1},
    "note": {"type": "string", "maxLength": 1000}}},
"Renewal": {"type": "object", "required": ["owner"], "additionalProperties": false, "properties": {
    "owner": {"type": "string", "minLength": 1, "maxLength": 255},
    "ttl": {"$ref": "#/components/schemas/Seconds"}}},
"Lease": {"type": "object", "required": ["address", "pool", "owner", "note", "since", "expires"], "properties": {
    "address": {"type": "string"}, "pool": {"type": "string"}, "owner": {"type": "string"},
    "note": {"type": "string"}, "since": {"$ref": "#/components/schemas/Seconds"},
    "expires": {"$ref": "#/components/schemas/Seconds"}}},
"Leases": {"type": "object", "required": ["leases"], "properties": {
    "leases": {"type": "array", "items": {"$ref": "#/components/schemas/Lease"}}}},
"Page": {"type": "object", "required": ["leases", "next"], "properties": {
    "leases": {"type": "array", "items": {"$ref": "#/components/schemas/Lease"}},
    "next": {"type": ["string", "null"]}}},
"Released": {"type": "object", "required": ["released"], "properties": {"released": {"type": "integer"}}},
"Status": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string"}}},
"Document": {"type": "object"},
"Seconds": {"type": "integer", "minimum": 0, "description": "0: without end"},
"Problem": {"type": "object", "required": ["type", "title", "status", "detail"], "properties": {
    "type": {"type": "string", "format": "uri-reference", "pattern": "#[a-z-]+$"},
    "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
    "errors": {"type": "array", "items": {"type": "object", "required": ["field", "detail"], "properties": {
        "field": {"type": "string"}, "detail": {"type": "string"}}}}}}
})";

constexpr unsigned first_error = 400;

json::object content_of(std::string_view type, std::string_view schema) {
    return {{view(type), json::object{{"schema", schema_reference(schema)}}}};
}

json::object parameter(std::string_view name, std::string_view in, bool is_required) {
    return {{"name", view(name)},
            {"in", view(in)},
            {"required", is_required},
            {"schema", json::object{{"type", "string"}}}};
}

json::array parameters_of(const Route& route) {
    json::array parameters;
    for (const std::string_view name : {"name", "address"}) {
        if (route.path.find("{" + std::string(name) + "}") != route.path.npos) {
            parameters.push_back(parameter(name, "path", true));
        }
    }
    for (const std::string_view name : route.query) {
        parameters.push_back(parameter(name, "query", route.method == http::verb::delete_));
    }
    if (route.body == "NewLease") {
        parameters.push_back(parameter("Idempotency-Key", "header", false));
    }
    return parameters;
}

json::object responses_of(const Route& route) {
    std::vector<unsigned> codes = route.statuses;
    codes.insert(codes.end(), {400, 413, 422, 503});
    if (route.needs_key) {
        codes.push_back(401);
    }
    if (!route.body.empty()) {
        codes.insert(codes.end(), {408, 415});
    }
    json::object responses;
    for (const unsigned code : codes) {
        json::object response = {
            {"description", boost::beast::http::obsolete_reason(http::status(code))}};
        if (code >= first_error) {
            response["content"] = content_of("application/problem+json", "Problem");
        } else if (!route.result.empty()) {
            response["content"] = content_of("application/json", route.result);
        }
        responses[std::to_string(code)] = std::move(response);
    }
    return responses;
}

json::object operation_of(const Route& route) {
    json::object operation = {{"summary", view(route.summary)},
                              {"parameters", parameters_of(route)},
                              {"responses", responses_of(route)},
                              {"security", json::array()}};
    if (route.needs_key) {
        operation["security"].as_array().push_back(json::object{{"key", json::array()}});
    }
    if (!route.body.empty()) {
        operation["requestBody"] = json::object{
            {"required", true}, {"content", content_of("application/json", route.body)}};
    }
    return operation;
}

json::object document() {
    json::object paths;
    for (const Route& route : routes()) {
        json::value& path = paths[view(route.path)];
        json::object& methods = path.is_object() ? path.get_object() : path.emplace_object();
        std::string method(to_string(route.method));
        std::ranges::transform(method, method.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        methods[method] = operation_of(route);
    }
    const json::object key = {{"type", "http"}, {"scheme", "bearer"}};
    return {{"openapi", "3.1.0"},
            {"info", json::object{{"title", "Control plane"}, {"version", "1.0.0"}}},
            {"paths", std::move(paths)},
            {"components", json::object{{"schemas", json::parse(view(all_schemas))},
                                        {"securitySchemes", json::object{{"key", key}}}}}};
}

}  // namespace

const std::string& openapi_document() {
    static const std::string text = json::serialize(document()) + "\n";
    return text;
}

}  // namespace cookbook::control_plane
