#include "common/cli/http_options.hpp"

#include "common/cli/options.hpp"
#include "common/http/grammar.hpp"

namespace cookbook {

void add_http_limits(CLI::App& command, http::Limits& limits) {
    add_limits(command, limits);
    add_count(command, "--max-head", limits.max_head, "Bytes of request line and fields");
    add_count(command, "--max-body", limits.max_body, "Bytes of a request's body");
    add_seconds(command, "--message-time", limits.message_timeout,
                "For a request's head; a body has this and more, by its size");
}

void add_cors(CLI::App& command, std::string& origin) {
    const auto check = [](const std::string& text) {
        return http::grammar::is_field_value(text) ? "" : "has a control character";
    };
    command.add_option("--cors", origin, "Origin whose pages may use this (CORS), or *")
        ->type_name("ORIGIN")
        ->check(CLI::Validator(check, ""));
}

}  // namespace cookbook
