// The server: one array for all that connect.
#pragma once

#include <variant>

#include "common/async/asio.hpp"
#include "common/net/generic.hpp"
#include "common/net/serve.hpp"
#include "numbers.hpp"
#include "send_file.hpp"

namespace cookbook::large_arrays {

/// What a server sends, and how.
struct Offer {
    std::variant<Numbers, NpyFile> source;
    bool raw = false;        // without the header
    bool zero_copy = false;  // Numbers only, over TCP only
};

/// Sends the array to each connection that `acceptor` accepts, then ends the stream, until the
/// caller is cancelled, as serve() does. A peer that takes nothing for limits.idle_timeout is
/// disconnected. If it is a file, the whole process ignores SIGPIPE from then on. Throws as serve()
/// does.
asio::awaitable<void> serve_array(StreamAcceptor acceptor, Offer offer, Limits limits);

}  // namespace cookbook::large_arrays
