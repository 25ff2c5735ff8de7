// A prepared statement of SOCI, and the variables that it is bound to.
#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model.hpp"

namespace cookbook::rest_api {

/// Both functions throw soci::soci_error; the statement is of no use then.
class Statement {
public:
    /// Prepares SQL with as many parameters, of these types (of NULL: a text), and these columns.
    Statement(soci::session& session, const std::string& sql, const Values& parameters,
              std::span<const Type> columns);
    Statement(const Statement&) = delete;  // SOCI has the addresses of its variables
    Statement& operator=(const Statement&) = delete;

    /// All rows.
    std::vector<Values> select(const Values& parameters);

    /// Runs a statement that has no rows, and returns how many it has changed.
    std::int64_t execute(const Values& parameters);

private:
    struct Variable {
        bool is_text;
        soci::indicator indicator = soci::i_ok;
        long long number = 0;
        std::string text = {};
    };

    void assign(const Values& values);
    [[nodiscard]] Values row() const;

    soci::statement statement_;
    std::vector<Variable> parameters_;
    std::vector<Variable> columns_;
};

}  // namespace cookbook::rest_api
