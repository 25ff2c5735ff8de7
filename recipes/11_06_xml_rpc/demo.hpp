// The recipe in one process.
#pragma once

#include <string>

#include "common/async/asio.hpp"
#include "proxy.hpp"

namespace cookbook::xml_rpc {

/// Starts a server on a free port, calls its methods and prints what they return.
asio::awaitable<void> demo();

/// Calls a method and prints a line: the call, in `width` columns, and the result or the fault.
asio::awaitable<void> show_call(Proxy& proxy, std::string method, Array params, int width);

}  // namespace cookbook::xml_rpc
