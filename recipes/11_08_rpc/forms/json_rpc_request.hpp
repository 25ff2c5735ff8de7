// Requests, notifications and batches.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "11_08_rpc/call/call.hpp"
#include "json_rpc_error.hpp"

namespace cookbook::rpc {

using Seconds = std::chrono::duration<double>;

struct Request {
    std::optional<Value> id;  // a str, a number or None; a notification has none, and no response
    Call call;
    std::optional<Seconds> timeout;  // an extension: how long the caller will wait
    std::optional<Code> error;       // why it is none: it is only to be responded to
};

/// What one message holds: a request, or a batch of them.
struct Requests {
    bool is_batch = false;
    std::vector<Request> requests;
};

/// A longer batch is one invalid request: a message of 16 MiB may hold eight million.
inline constexpr std::size_t max_batch = 1000;

/// Throws nothing: a text that is no JSON, and what is no request, are requests with an error.
Requests parse_requests(std::string_view text);

/// One line. Throws as messaging::to_json() does, if JSON has no word for an argument.
std::string format_request(const Request& request);

/// The notification that cancels a request, LSP's, and the id that it names.
inline constexpr std::string_view cancel_request = "$/cancelRequest";
std::optional<Value> id_to_cancel(const Request& request);

}  // namespace cookbook::rpc
