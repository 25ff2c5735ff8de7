// The description of the service for people.
#pragma once

#include <string>

namespace cookbook::rest_api {

/// A page that loads nothing, made of routes() and kinds(), once.
[[nodiscard]] const std::string& docs_page();

}  // namespace cookbook::rest_api
