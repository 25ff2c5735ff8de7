// The tables, and how they came to be: numbered migrations.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "connection.hpp"

namespace cookbook::rest_api {

/// The statements that lead from one version to the next. [id], [number] and [text] are types,
/// which the databases call differently. Texts are compared by their bytes.
using Migration = std::vector<std::string_view>;
/// All of them from the first on. None is ever changed once it is released: what must change is
/// another migration.
using Migrations = std::vector<Migration>;

/// This recipe's own: another service on this database layer has others.
[[nodiscard]] const Migrations& migrations();

/// The version that migrations() lead to.
[[nodiscard]] std::int64_t schema_version();

/// Brings the database to the version that `all` lead to, each migration in a transaction of its
/// own; several programs may do so at once. Throws DatabaseError; one that says both versions if
/// the database is newer.
void migrate(Connection& connection, const Migrations& all = migrations());

}  // namespace cookbook::rest_api
