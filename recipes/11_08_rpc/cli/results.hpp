// What comes of calls, printed as lines of JSON.
#pragma once

#include <functional>

#include "11_07_messaging/json/json.hpp"
#include "11_08_rpc/call/call.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"
#include "common/async/asio.hpp"

namespace cookbook::rpc {

/// Calls, in whatever form, and gives the result. Throws what the function has raised, a
/// RemoteError, and what ends the connection.
using Caller = std::function<asio::awaitable<Value>(Call)>;

/// How arguments and results are written: as JSON-RPC they are plain JSON.
messaging::JsonForm json_form(Form form);

/// Calls and prints the result on stdout. Throws as the caller does, but for an exception of the
/// function std::runtime_error, which says it on one line.
asio::awaitable<void> print_result(Caller caller, Form form, Call call);

/// Makes the call of each line of stdin, as JSON-RPC up to 16 at once, and prints a line for each,
/// in the order of the lines: the result or the exception. Throws std::runtime_error if a line is
/// no call, and what ends the connection.
asio::awaitable<void> print_results(Caller caller, Form form);

}  // namespace cookbook::rpc
