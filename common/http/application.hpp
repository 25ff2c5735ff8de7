// A web application: a function from Request to Response, which knows no socket.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <utility>
#include <variant>

#include "common/http/message.hpp"

namespace cookbook::http {

/// A response that is there, or one to wait for: most are there at once, and then no coroutine is
/// needed. Used once: get(), wait() or then().
class ResponseFuture {
public:
    // NOLINTBEGIN(google-explicit-constructor): an application returns either
    ResponseFuture(Response response) : state_(std::move(response)) {}
    ResponseFuture(asio::awaitable<Response> later) : state_(std::move(later)) {}
    // NOLINTEND(google-explicit-constructor)

    /// Whether the response is there.
    [[nodiscard]] bool ready() const noexcept { return std::holds_alternative<Response>(state_); }

    /// The response; it must be ready.
    [[nodiscard]] Response get() && { return std::get<Response>(std::move(state_)); }

    /// Waits for the response, if it is not there yet. Throws what its coroutine throws.
    [[nodiscard]] asio::awaitable<Response> wait() && {
        return ready() ? ready_later(std::move(*this).get())
                       : std::get<asio::awaitable<Response>>(std::move(state_));
    }

    /// Passes the response through `change`, Response(Response), now or when it is there: the half
    /// of a middleware that comes after the application.
    template <typename Change>
    [[nodiscard]] ResponseFuture then(Change change) && {
        if (ready()) {
            return change(std::move(*this).get());
        }
        return change_later(std::move(*this).wait(), std::move(change));
    }

private:
    static asio::awaitable<Response> ready_later(Response response) {
        co_return std::move(response);
    }
    template <typename Change>
    static asio::awaitable<Response> change_later(asio::awaitable<Response> later, Change change) {
        co_return change(co_await std::move(later));
    }

    std::variant<Response, asio::awaitable<Response>> state_;
};

/// A whole web application; a function that returns Response or asio::awaitable<Response> is one.
/// If it throws Error, the response has its status; if it throws anything else, 500.
using Application = std::function<ResponseFuture(Request&)>;

/// Calls the application. What it throws, now or later, becomes a response, but for a cancellation.
[[nodiscard]] ResponseFuture respond(const Application& application, Request& request);

/// Runs `work`, which blocks, on one of the pool's threads, and returns when it has ended,
/// cancelled or not. What it refers to must live as long; the request may not be read meanwhile.
[[nodiscard]] asio::awaitable<Response> on_thread(asio::thread_pool& pool,
                                                  std::function<Response()> work);

}  // namespace cookbook::http
