// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::file_transfer {

/// Puts a file onto a server and gets it back, with windows of several sizes; then asks for what a
/// server must not give.
asio::awaitable<void> demo();

}  // namespace cookbook::file_transfer
