#include "common/cli/http_options.hpp"

#include "common/cli/options.hpp"

namespace cookbook {

void add_http_limits(CLI::App& command, http::Limits& limits) {
    add_limits(command, limits);
    add_count(command, "--max-head", limits.max_head, "Bytes of request line and fields");
    add_count(command, "--max-body", limits.max_body, "Bytes of a request's body");
    add_seconds(command, "--message-time", limits.message_timeout,
                "For a request's head; a body has this and more, by its size");
}

}  // namespace cookbook
