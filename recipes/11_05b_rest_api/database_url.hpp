// Which database: "rest_api.db", "sqlite:PATH" or "postgresql://USER@HOST:PORT/NAME".
#pragma once

#include <string>

namespace cookbook::rest_api {

struct DatabaseUrl {
    bool is_postgresql = false;
    std::string connection;  // as SOCI wants it; may hold a password
    std::string name;        // for messages, without the password: "sqlite:rest_api.db"
};

/// Throws std::invalid_argument, without the text, which may hold a password, if it is malformed.
[[nodiscard]] DatabaseUrl parse_database_url(const std::string& text);

}  // namespace cookbook::rest_api
