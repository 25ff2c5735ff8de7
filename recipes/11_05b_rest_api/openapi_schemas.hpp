// The kinds as JSON Schema, for the OpenAPI document.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/string_view.hpp>
#include <string_view>

namespace cookbook::rest_api {

/// Of each kind Title, TitleInput and TitleList, and Problem.
[[nodiscard]] boost::json::object schemas();

/// {"$ref":"#/components/schemas/NAME"}
[[nodiscard]] boost::json::object schema_reference(std::string_view name);

/// A view as Boost.JSON has it.
[[nodiscard]] inline boost::json::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace cookbook::rest_api
