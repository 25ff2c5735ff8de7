// The description of the service for programs (OpenAPI 3.1).
#pragma once

#include <string>

namespace cookbook::rest_api {

/// The document, as JSON: made of routes() and kinds(), once.
[[nodiscard]] const std::string& openapi_document();

}  // namespace cookbook::rest_api
