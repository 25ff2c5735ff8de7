// The server and the client of the recipe: objects travel there and back.
#pragma once

#include <functional>

#include "11_07_messaging/wire/connection.hpp"

namespace cookbook::messaging {

/// Sends every object back, until the peer leaves. A Listener's handler.
asio::awaitable<void> echo(Connection connection);

/// Sends an object and waits for the reply. Throws as send() and recv() do, and
/// std::runtime_error if the peer leaves instead.
asio::awaitable<Value> ask(Connection& connection, Value question);

}  // namespace cookbook::messaging
