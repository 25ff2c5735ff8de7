#include "statement.hpp"

namespace cookbook::rest_api {

Statement::Statement(soci::session& session, const std::string& sql, const Values& parameters,
                     std::span<const Type> columns)
    : statement_(session) {
    for (const Value& value : parameters) {
        parameters_.push_back({.is_text = !std::holds_alternative<std::int64_t>(value)});
    }
    for (const Type type : columns) {
        columns_.push_back({.is_text = type == Type::text});
    }
    // From here on the vectors must not grow.
    for (Variable& one : parameters_) {
        if (one.is_text) {
            statement_.exchange(soci::use(one.text, one.indicator));
        } else {
            statement_.exchange(soci::use(one.number, one.indicator));
        }
    }
    for (Variable& one : columns_) {  // a soci::row would make 32 bits of an INTEGER column
        if (one.is_text) {
            statement_.exchange(soci::into(one.text, one.indicator));
        } else {
            statement_.exchange(soci::into(one.number, one.indicator));
        }
    }
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
}

std::vector<Values> Statement::select(const Values& parameters) {
    assign(parameters);
    statement_.execute();
    std::vector<Values> rows;
    while (statement_.fetch()) {  // to the end, or SQLite goes on reading: no checkpoint gets past
        rows.push_back(row());
    }
    return rows;
}

std::int64_t Statement::execute(const Values& parameters) {
    assign(parameters);
    statement_.execute(true);
    return statement_.get_affected_rows();
}

void Statement::assign(const Values& values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto* number = std::get_if<std::int64_t>(&values[i]);
        const auto* text = std::get_if<std::string>(&values[i]);
        parameters_[i].indicator = number || text ? soci::i_ok : soci::i_null;
        parameters_[i].number = number ? *number : 0;
        parameters_[i].text = text ? *text : "";
    }
}

Values Statement::row() const {
    Values values;
    for (const Variable& column : columns_) {
        if (column.indicator != soci::i_ok) {
            values.emplace_back();
        } else if (column.is_text) {
            values.emplace_back(column.text);
        } else {
            values.emplace_back(std::int64_t{column.number});
        }
    }
    return values;
}

}  // namespace cookbook::rest_api
