// GET /metrics, for Prometheus to scrape.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>

#include "common/async/asio.hpp"
#include "common/net/serve.hpp"
#include "metrics.hpp"

namespace cookbook::command_server {

/// Serves the text of what `read` returns until the caller is cancelled, then drains. Throws
/// system_error if the acceptor is broken.
asio::awaitable<void> serve_metrics(tcp::acceptor acceptor, Limits limits,
                                    std::function<Metrics()> read);

/// The same listening socket, for another event loop.
tcp::acceptor move_to(const asio::any_io_executor& executor, tcp::acceptor acceptor);

}  // namespace cookbook::command_server
