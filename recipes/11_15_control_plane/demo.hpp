// The recipe in one process.
#pragma once

#include "common/async/asio.hpp"

namespace cookbook::control_plane {

/// Serves a temporary folder on free ports. Two nodes ask for addresses at once, one with a key and
/// one with a certificate; the second dies, and a watcher is told what happens.
asio::awaitable<void> demo();

}  // namespace cookbook::control_plane
