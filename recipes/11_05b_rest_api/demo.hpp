// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::rest_api {

/// Serves a database in a temporary folder on a free port, and shows what a client does with it.
asio::awaitable<void> demo();

}  // namespace cookbook::rest_api
