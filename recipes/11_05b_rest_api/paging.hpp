// Which rows of a kind a request wants, in which order, and how its client finds the other pages
// (RFC 8288). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "11_05_rest_interface/parameters.hpp"
#include "model.hpp"
#include "problem.hpp"

namespace cookbook::rest_api {

using rest_interface::Parameters;

struct Condition {
    const Filter* filter;
    Value value;
};

struct ListQuery {
    std::int64_t page = 1;
    std::int64_t per_page = 10;
    std::string_view sort_column = "id";  // points into the kind's list, never into the request
    bool descending = false;
    std::vector<Condition> conditions = {};
};

/// What the parameters of a list ask for, or every mistake in them.
[[nodiscard]] std::variant<ListQuery, Mistakes> parse_list_query(const Kind& kind,
                                                                 const Parameters& parameters);

/// A mistake for each parameter: for resources that take none.
[[nodiscard]] Mistakes unknown_parameters(const Parameters& parameters);

/// The rows before the page; where the product overflows, more than there can be.
[[nodiscard]] std::int64_t offset_of(const ListQuery& query);

/// At least 0.
[[nodiscard]] std::int64_t total_pages(std::int64_t total, std::int64_t per_page);

/// The value of Link: first, prev, next and last, each of which keeps the other parameters. Of a
/// page past the end, prev is the last one.
[[nodiscard]] std::string links_of(std::string_view path, const Parameters& parameters,
                                   const ListQuery& query, std::int64_t total);

}  // namespace cookbook::rest_api
