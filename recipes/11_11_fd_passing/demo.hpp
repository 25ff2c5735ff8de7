// The recipe in one go.
#pragma once

namespace cookbook::fd_passing {

/// A server that forks two workers, and clients one after another: each is served by the worker
/// that has the least to do.
void demo();

}  // namespace cookbook::fd_passing
