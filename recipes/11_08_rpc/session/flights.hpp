// Requests that run: each ends when it is done, when its deadline passes, or when it is cancelled.
#pragma once

#include <list>
#include <optional>
#include <string>

#include "11_08_rpc/call/deduce.hpp"
#include "11_08_rpc/forms/json_rpc_request.hpp"
#include "common/async/asio.hpp"

namespace cookbook::rpc {

/// When a call that came at `start` must have ended.
Context::clock::time_point deadline_after(Context::clock::time_point start,
                                          std::optional<Seconds> timeout);

/// The requests of one connection that are in flight.
class Flights {
public:
    explicit Flights(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    /// Runs the coroutine of a request. Throws what it throws, and JsonRpcError: deadline_passed or
    /// request_cancelled, when the coroutine has been cancelled and has ended.
    asio::awaitable<Value> run(std::optional<Value> id, Context::clock::time_point deadline,
                               asio::awaitable<Value> call);

    /// Cancels the request with the id, if there is one.
    void cancel(const Value& id);

private:
    struct Flight {
        std::string id;  // as JSON; empty for one that has none
        asio::steady_timer limit;
        bool is_cancelled = false;
    };
    /// A place in the list, as long as the request runs.
    class Place;

    asio::any_io_executor executor_;
    std::list<Flight> flights_;
};

}  // namespace cookbook::rpc
