// How a worker comes to a server and gets its first connection.
#pragma once

#include "11_07_messaging/wire/connection.hpp"
#include "common/async/asio.hpp"
#include "common/net/address.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/secret.hpp"
#include "common/net/serve.hpp"

namespace cookbook::fd_passing {

struct WorkerSettings {
    UnixAddress server;
    messaging::Options messaging;
    Limits limits;
    /// How long to try to reach a server that does not answer.
    asio::steady_timer::duration retry_timeout = 5s;
};

/// Works for the server, and for the next one at this address when it ends, until the caller is
/// cancelled; then drains and returns. Prints "working for unix:PATH" whenever it is admitted.
/// Throws std::system_error, "connect unix:PATH: reason", if it reaches none within retry_timeout,
/// "authenticate with unix:PATH: reason", and as print_line() does; in each case when its
/// connections have ended.
asio::awaitable<void> work(WorkerSettings settings, SharedKey key);

/// The same for one server that has made this process and the socket: ends with the server, when
/// its connections have ended.
asio::awaitable<void> work_for_parent(Descriptor server, Limits limits);

}  // namespace cookbook::fd_passing
