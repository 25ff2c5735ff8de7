// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::large_arrays {

/// Sends an array in each of the ways that there are, and prints what has come and how fast; then
/// receives from servers whose headers lie.
asio::awaitable<void> demo();

}  // namespace cookbook::large_arrays
