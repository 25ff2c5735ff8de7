#include "routes.hpp"

#include <array>

namespace cookbook::rest_api {
namespace {

const std::vector<Operation>& operations_of_service() {
    static const std::vector<Operation> all = {
        {.action = Action::health,
         .method = http::verb::get,
         .verb = "health",
         .statuses = {200, 400, 413, 503}},
        {.action = Action::ready,
         .method = http::verb::get,
         .verb = "ready",
         .statuses = {200, 400, 413, 503}},
        {.action = Action::document,
         .method = http::verb::get,
         .verb = "openapi.json",
         .statuses = {200, 400, 413, 503}},
        {.action = Action::docs,
         .method = http::verb::get,
         .verb = "docs",
         .statuses = {200, 400, 413, 503}},
    };
    return all;
}

const std::vector<Operation>& operations_of_kind() {
    static const std::vector<Operation> all = {
        {.action = Action::list,
         .method = http::verb::get,
         .verb = "list",
         .statuses = {200, 400, 413, 503}},
        {.action = Action::create,
         .method = http::verb::post,
         .verb = "create",
         .role = Role::editor,
         .has_body = true,
         .statuses = {201, 400, 401, 403, 408, 409, 413, 415, 422, 503}},
        {.action = Action::get,
         .method = http::verb::get,
         .verb = "get",
         .is_of_one = true,
         .statuses = {200, 304, 400, 404, 412, 413, 503}},
        {.action = Action::replace,
         .method = http::verb::put,
         .verb = "replace",
         .role = Role::editor,
         .is_of_one = true,
         .has_body = true,
         .statuses = {200, 400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 503}},
        {.action = Action::patch,
         .method = http::verb::patch,
         .verb = "update",
         .role = Role::editor,
         .is_of_one = true,
         .has_body = true,
         .statuses = {200, 400, 401, 403, 404, 408, 409, 412, 413, 415, 422, 503}},
        {.action = Action::remove,
         .method = http::verb::delete_,
         .verb = "delete",
         .role = Role::admin,
         .is_of_one = true,
         .statuses = {204, 400, 401, 403, 404, 408, 412, 413, 503}},
    };
    return all;
}

std::vector<Route> make_routes() {
    std::vector<Route> made;
    for (const Operation& operation : operations_of_service()) {
        made.push_back({&operation, nullptr, "/" + std::string(operation.verb)});
    }
    for (const Kind* kind : kinds()) {
        for (const Operation& operation : operations_of_kind()) {
            made.push_back({&operation, kind,
                            "/" + std::string(kind->name) + (operation.is_of_one ? "/{id}" : "")});
        }
    }
    return made;
}

constexpr std::array all_list_parameters = {
    ListParameter{"page",
                  R"({"type":"integer","minimum":1,"maximum":9223372036854775807,"default":1})"},
    ListParameter{"per_page", R"({"type":"integer","minimum":1,"maximum":100,"default":10})"},
    ListParameter{"sort_by", {}},
    ListParameter{"sort_order", R"({"type":"string","enum":["asc","desc"],"default":"asc"})"},
};

}  // namespace

const std::vector<Route>& routes() {
    static const std::vector<Route> all = make_routes();
    return all;
}

std::span<const ListParameter> list_parameters() {
    return all_list_parameters;
}

}  // namespace cookbook::rest_api
