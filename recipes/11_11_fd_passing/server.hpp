// The server: accepts connections, and hands each over to a worker.
#pragma once

#include <optional>

#include "common/async/asio.hpp"
#include "common/net/descriptor.hpp"
#include "common/net/generic.hpp"
#include "common/net/serve.hpp"
#include "take_over.hpp"

namespace cookbook::fd_passing {

/// Serves with workers that connect and know the key, until the caller is cancelled or a successor
/// has taken over. Then it stops accepting, waits until what it has accepted is taken, at most
/// limits.drain_timeout, hangs up on its workers and returns. limits.max_connections is for
/// workers. Removes the socket files, unless they are the successor's now. Throws system_error if a
/// listening socket is broken.
asio::awaitable<void> serve(Listening listening, std::optional<Control> control, Trust trust,
                            Limits limits);

/// The same with workers that come from `nursery`, the socket of a Nursery. Throws also
/// std::runtime_error if that ends.
asio::awaitable<void> serve_with_children(tcp::acceptor clients, Descriptor nursery, Limits limits);

}  // namespace cookbook::fd_passing
