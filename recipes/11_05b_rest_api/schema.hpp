// The tables, and how they came to be: numbered migrations.
#pragma once

#include <cstdint>

#include "connection.hpp"

namespace cookbook::rest_api {

/// The version that this program knows.
[[nodiscard]] std::int64_t schema_version();

/// Brings the database to schema_version(), each migration in a transaction of its own; several
/// programs may do so at once. Throws DatabaseError; one that says both versions if the database is
/// newer.
void migrate(Connection& connection);

}  // namespace cookbook::rest_api
