// Calls as users write them, and outcomes as they read them.
#pragma once

#include <string>
#include <vector>

#include "11_07_messaging/json/json.hpp"
#include "11_08_rpc/call/call.hpp"
#include "11_08_rpc/call/exceptions.hpp"

namespace cookbook::rpc {

using messaging::JsonForm;

/// NAME [JSON…] [KEYWORD=JSON…]: at least the name. Throws CLI::ValidationError if the name is
/// not UTF-8 or an argument no JSON.
Call parse_call(const std::vector<std::string>& texts, JsonForm form);

/// `["add", [2], {"y": 3}]`; the last two may be missing. Throws std::runtime_error if the line is
/// something else.
Call parse_line(const std::string& line, JsonForm form);

/// `{"result": …}`, `{"error": {"type": "KeyError", "args": ["nosuch"]}}`.
std::string result_line(const Value& result, JsonForm form);
std::string error_line(const RemoteError& error, JsonForm form);

}  // namespace cookbook::rpc
