#include "openapi_schemas.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string>

#include "model.hpp"

namespace cookbook::rest_api {
namespace {

namespace json = boost::json;

/// A member as JSON Schema, by the same numbers by which it is checked.
json::object schema_of(const Member& member) {
    json::object schema;
    if (member.type == Type::text) {
        schema = {{"type", "string"}, {"minLength", member.min}, {"maxLength", member.max}};
    } else if (member.type == Type::cents) {
        schema = {{"type", "number"},
                  {"minimum", member.min / 100},
                  {"maximum", static_cast<double>(member.max) / 100},
                  {"description", "with at most two decimals"}};
    } else {
        schema = {{"type", "integer"}, {"minimum", member.min}, {"maximum", member.max}};
    }
    if (!member.pattern.empty()) {
        schema["pattern"] = view(member.pattern);
    }
    if (member.nullable) {
        schema["type"] = json::array{"string", "null"};
    }
    if (member.otherwise) {
        schema["default"] = *member.otherwise;
    }
    return schema;
}

/// What clients send: the members.
json::object input_schema(const Kind& kind) {
    json::object properties;
    json::array required;
    for (const Member& member : kind.members) {
        properties[view(member.name)] = schema_of(member);
        if (member.required) {
            required.push_back(view(member.name));
        }
    }
    return {{"type", "object"},
            {"properties", std::move(properties)},
            {"required", std::move(required)}};
}

/// What the service sends: the members and its own.
json::object output_schema(const Kind& kind) {
    json::object schema = input_schema(kind);
    json::object& properties = schema["properties"].as_object();
    json::array& required = schema["required"].as_array();
    properties["id"] = json::object{{"type", "integer"}, {"minimum", 1}};
    required.push_back("id");
    for (const char* time : {"created_at", "updated_at"}) {
        properties[time] = json::object{{"type", "string"}, {"format", "date-time"}};
        required.push_back(time);
    }
    return schema;
}

json::object page_schema(const Kind& kind) {
    json::object numbers;
    for (const char* name : {"page", "per_page", "total", "total_pages"}) {
        numbers[name] = json::object{{"type", "integer"}, {"minimum", 0}};
    }
    const json::object items = schema_reference(kind.title);
    const json::object properties = {
        {view(kind.name), json::object{{"type", "array"}, {"items", items}}},
        {"pagination", json::object{{"type", "object"}, {"properties", numbers}}}};
    return {{"type", "object"},
            {"properties", properties},
            {"required", json::array{view(kind.name), "pagination"}}};
}

}  // namespace

json::object schemas() {
    json::object all;
    for (const Kind* kind : kinds()) {
        all[fmt::format("{}", kind->title)] = output_schema(*kind);
        all[fmt::format("{}Input", kind->title)] = input_schema(*kind);
        all[fmt::format("{}List", kind->title)] = page_schema(*kind);
    }
    const json::object text = {{"type", "string"}};
    const json::object mistake = {
        {"type", "object"},
        {"properties", json::object{{"pointer", text}, {"parameter", text}, {"detail", text}}},
        {"required", json::array{"detail"}}};
    const json::object properties = {
        {"type", text},
        {"title", text},
        {"status", json::object{{"type", "integer"}}},
        {"detail", text},
        {"errors", json::object{{"type", "array"}, {"items", mistake}}}};
    all["Problem"] = json::object{{"type", "object"},
                                  {"properties", properties},
                                  {"required", json::array{"type", "title", "status", "detail"}}};
    return all;
}

json::object schema_reference(std::string_view name) {
    return {{"$ref", fmt::format("#/components/schemas/{}", name)}};
}

}  // namespace cookbook::rest_api
