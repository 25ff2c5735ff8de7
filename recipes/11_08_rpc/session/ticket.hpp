// How a call wants to be answered.
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "11_08_rpc/call/call.hpp"
#include "11_08_rpc/forms/pickle_form.hpp"

namespace cookbook::rpc {

/// The responses to a batch, which go out together once all of its requests have been dealt with.
struct Batch {
    std::size_t missing = 0;
    std::string responses;  // separated by commas
};

/// What must be known of a call to answer it.
struct Ticket {
    Form form = Form::pickle;
    std::optional<Value> id = {};       // JSON-RPC's; a notification has none
    std::shared_ptr<Batch> batch = {};  // the request's, if it came in one

    /// What is to be sent, now that the call is done: the reply, or those to its whole batch if it
    /// is the last one; nothing if nobody waits for one.
    [[nodiscard]] std::optional<std::string> complete(const Value& result) const;
    [[nodiscard]] std::optional<std::string> complete(const std::exception_ptr& failure) const;
};

}  // namespace cookbook::rpc
