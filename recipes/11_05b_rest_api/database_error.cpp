#include "database_error.hpp"

#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <boost/algorithm/string/replace.hpp>

namespace cookbook::rest_api {
namespace {

/// What is between the first `begin` and the next `end`.
std::string between(const std::string& text, const std::string& begin, char end) {
    const std::size_t at = text.find(begin);
    if (at == text.npos) {
        return {};
    }
    const std::size_t first = at + begin.size();
    return text.substr(first, text.find(end, first) - first);
}

/// "users.email" of "UNIQUE constraint failed: users.email".
std::string sqlite_constraint(const std::string& message) {
    return between(message + ",", "UNIQUE constraint failed: ", ',');
}

/// "users.email" of the first name in quotes, "users_email_key": PostgreSQL's message may be in any
/// language, and its later lines have the row's values.
std::string postgresql_constraint(const std::string& message) {
    constexpr std::string_view suffix = "_key";
    std::string name = between(message, "\"", '"');
    const std::size_t separator = name.find('_');
    if (!name.ends_with(suffix) || separator + suffix.size() >= name.size()) {
        return name;
    }
    name[separator] = '.';
    return name.substr(0, name.size() - suffix.size());
}

}  // namespace

DatabaseError without_values(const soci::soci_error& error) {
    constexpr std::string_view unique_violation = "23505";
    if (const auto* refusal = dynamic_cast<const soci::sqlite3_soci_error*>(&error)) {
        return DatabaseError(
            std::string("SQLite: ") + sqlite_api::sqlite3_errstr(refusal->result()),
            refusal->result() == SQLITE_CONSTRAINT ? sqlite_constraint(error.get_error_message())
                                                   : "");
    }
    if (const auto* refusal = dynamic_cast<const soci::postgresql_soci_error*>(&error)) {
        const std::string state = refusal->sqlstate();
        return DatabaseError(
            "PostgreSQL error " + state,
            state == unique_violation ? postgresql_constraint(error.get_error_message()) : "");
    }
    return DatabaseError("SOCI error");
}

std::string reason_of(const soci::soci_error& error) {
    std::string reason = error.get_error_message();
    boost::replace_all(reason, "Cannot establish connection to the database. ", "");
    boost::replace_all(reason, "Cannot establish connection to the database.", "");
    boost::replace_all(reason, "sqlite3_statement_backend::prepare: ", "");
    reason.erase(reason.find_last_not_of(" \n") + 1);
    reason.erase(0, reason.find_first_not_of(" \n"));
    boost::replace_all(reason, "\n", " ");
    boost::replace_all(reason, "\t", "");
    return reason;
}

}  // namespace cookbook::rest_api
