// What the database refuses, in words that may be logged.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace soci {
class soci_error;
}

namespace cookbook::rest_api {

/// what() has neither SQL nor values.
class DatabaseError : public std::runtime_error {
public:
    explicit DatabaseError(const std::string& what, std::string not_unique = {})
        : runtime_error(what), constraint(std::move(not_unique)) {}
    /// What was not unique, "users.email"; empty if it was something else.
    std::string constraint;
};

/// Of a statement that has failed. SOCI's what() has the bound values, and PostgreSQL's message the
/// row: neither is passed on.
[[nodiscard]] DatabaseError without_values(const soci::soci_error& error);

/// Why no connection could be opened, on one line.
[[nodiscard]] std::string reason_of(const soci::soci_error& error);

}  // namespace cookbook::rest_api
