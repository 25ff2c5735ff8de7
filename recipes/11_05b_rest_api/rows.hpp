// The rows of a kind: found, made, changed and removed, over one connection.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "connection.hpp"
#include "model.hpp"
#include "paging.hpp"

namespace cookbook::rest_api {

struct Page {
    std::vector<Row> rows;
    std::int64_t total = 0;  // on all pages
};

/// All throw DatabaseError.
[[nodiscard]] std::optional<Row> find_row(Connection& connection, const Kind& kind,
                                          std::int64_t id);
[[nodiscard]] Page find_page(Connection& connection, const Kind& kind, const ListQuery& query);

/// Makes a row of these values. Only within a Transaction: on its own, SOCI would return an id, and
/// swallow what goes wrong with the commit.
[[nodiscard]] Row insert_row(Connection& connection, const Kind& kind, const Values& values);

/// Gives the row these values, and a version of its own, if it still has the version of `row`.
/// Nothing if it has not, or is gone: somebody else was faster.
[[nodiscard]] std::optional<Row> update_row(Connection& connection, const Kind& kind,
                                            const Row& row, const Values& values);
/// Whether it was there in this version.
[[nodiscard]] bool delete_row(Connection& connection, const Kind& kind, const Row& row);

/// The members of `values` that must be unique and that another row than `id` has already.
[[nodiscard]] std::vector<std::string> members_taken(Connection& connection, const Kind& kind,
                                                     const Values& values, std::int64_t id);

/// What a list's SQL is after SELECT and columns, and the parameters of it. Pure.
struct Clauses {
    std::string where;
    std::string order;
    Values parameters;
};
[[nodiscard]] Clauses clauses_of(const ListQuery& query);

}  // namespace cookbook::rest_api
