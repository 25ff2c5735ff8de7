// What the service offers: one table, of which the dispatcher, the checks, the OpenAPI document and
// the page for people are made.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"
#include "keys.hpp"
#include "model.hpp"

namespace cookbook::rest_api {

enum class Action { health, ready, document, docs, list, get, create, replace, patch, remove };

struct Operation {
    Action action;
    http::verb method;
    std::string_view verb;          // of its name and its summary: "list"
    std::optional<Role> role = {};  // who may; everybody if there is none
    bool is_of_one = false;         // its path ends in an id
    bool has_body = false;
    std::vector<unsigned> statuses = {};  // of its responses, the good ones first
};

struct Route {
    const Operation* operation;
    const Kind* kind;  // null for the service's own
    std::string path;  // "/users/{id}"
};

[[nodiscard]] const std::vector<Route>& routes();

/// The parameters that a list takes besides its kind's filters.
struct ListParameter {
    std::string_view name;
    std::string_view schema;  // JSON Schema; that of sort_by is made of the kind's columns
};
[[nodiscard]] std::span<const ListParameter> list_parameters();

}  // namespace cookbook::rest_api
