// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::rest_interface {

/// Starts the service on a free port, gets its pages and prints them.
asio::awaitable<void> demo();

}  // namespace cookbook::rest_interface
