// The description of REST for programs (OpenAPI 3.1).
#pragma once

#include <string>

namespace cookbook::control_plane {

/// The document, as JSON: made of routes() and the schemas, once.
[[nodiscard]] const std::string& openapi_document();

}  // namespace cookbook::control_plane
