// What both clients of the command line do: one coroutine reads, another one sends what stdin has.
#pragma once

#include <optional>
#include <string>

#include "common/cli/input.hpp"
#include "connection.hpp"
#include "opening.hpp"

namespace cookbook::websocket {

/// Opens a connection and runs `read`, until it ends, and beside it `write`, if there is one.
/// Throws as open() does, what either of the two throws, and std::runtime_error if the connection
/// does not end as it should: "closed 4409: the name is taken", "the server left without a Close".
asio::awaitable<void> run_client(Target target, OpeningOptions opening, Options options, Talk read,
                                 Talk write = {});

/// The next line. Throws std::runtime_error if it is not UTF-8.
asio::awaitable<std::optional<std::string>> next_text(InputLines& lines);

}  // namespace cookbook::websocket
