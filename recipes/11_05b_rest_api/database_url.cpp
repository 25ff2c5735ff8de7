#include "database_url.hpp"

#include <libpq-fe.h>

#include <boost/algorithm/string/replace.hpp>
#include <map>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace cookbook::rest_api {
namespace {

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// The parts of a URL, decoded, by libpq's names for them.
std::map<std::string, std::string> parts_of(const std::string& url) {
    char* error = nullptr;
    const std::unique_ptr<PQconninfoOption, FreeOptions> options(
        PQconninfoParse(url.c_str(), &error));
    PQfreemem(error);  // it repeats the URL
    if (!options) {
        throw std::invalid_argument("not a URL of a PostgreSQL database");
    }
    std::map<std::string, std::string> parts;
    for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
        if (option->val) {
            parts[option->keyword] = option->val;
        }
    }
    return parts;
}

/// key='value', as libpq reads it (PostgreSQL, 34.1.1.1).
std::string pair(const std::string& key, std::string value) {
    boost::replace_all(value, "\\", "\\\\");
    boost::replace_all(value, "'", "\\'");
    return key + "='" + value + "'";
}

/// SOCI takes a URL apart at its first "=", so it gets pairs; the database's name comes last,
/// because SOCI cuts the last pair at a blank.
DatabaseUrl parse_postgresql(const std::string& url) {
    auto parts = parts_of(url);
    const std::string database = parts["dbname"];
    const std::string host = parts["host"] + (parts["port"].empty() ? "" : ":" + parts["port"]);
    const std::string name = "postgresql://" + host + "/" + database;
    parts.try_emplace("connect_timeout", "2");
    parts.try_emplace("application_name", "rest_api");
    parts["client_encoding"] = "UTF8";
    if (database.empty() || database.find(' ') != database.npos) {
        throw std::invalid_argument("the URL of a PostgreSQL database needs its name, unquoted");
    }
    std::string connection;
    for (const auto& [key, value] : parts) {
        if (key != "dbname" && !value.empty()) {
            connection += pair(key, value) + " ";
        }
    }
    return {true, connection + pair("dbname", database), name};
}

}  // namespace

DatabaseUrl parse_database_url(const std::string& text) {
    if (text.starts_with("postgresql://") || text.starts_with("postgres://")) {
        return parse_postgresql(text);
    }
    constexpr std::string_view scheme = "sqlite:";
    const std::string path = text.starts_with(scheme) ? text.substr(scheme.size()) : text;
    if (path.empty() || path.find('"') != path.npos) {
        throw std::invalid_argument("not the path of a database");
    }
    if (path == ":memory:") {
        throw std::invalid_argument("a database in memory is one connection's own: give a path");
    }
    return {false, "dbname=\"" + path + "\"", "sqlite:" + path};
}

}  // namespace cookbook::rest_api
