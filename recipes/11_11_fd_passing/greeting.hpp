// The one object that a worker sends, before it is given connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>

#include "11_07_messaging/value/value.hpp"

namespace cookbook::fd_passing {

/// Whether a worker answers for each connection (see WorkerLink), as ours do. The original's in
/// Python do not.
enum class Reports { none, each };

struct Greeting {
    std::int64_t pid = 0;
    Reports reports = Reports::none;
    /// Connections that it serves already, of a server before this one.
    std::size_t served = 0;

    bool operator==(const Greeting&) const = default;
};

/// Reads an int, the pid, or a tuple of the pid and the number of connections. Throws
/// std::invalid_argument for anything else.
Greeting parse_greeting(const messaging::Value& object);

/// Ours: the tuple.
messaging::Value make_greeting(const Greeting& greeting);

}  // namespace cookbook::fd_passing
