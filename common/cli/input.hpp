// Reading stdin in an event loop.
#pragma once

#include <unistd.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "common/async/asio.hpp"

namespace cookbook {

/// Opens what `descriptor` reads for asynchronous reads: a terminal, a pipe, a regular file (from
/// its current position) or a socket. `descriptor` itself stays open. A terminal or a pipe stays
/// blocking for all that share it; a socket does not (fcntl(2), O_NONBLOCK). Throws system_error.
asio::posix::stream_descriptor open_input(const asio::any_io_executor& executor,
                                          int descriptor = STDIN_FILENO);

}  // namespace cookbook
