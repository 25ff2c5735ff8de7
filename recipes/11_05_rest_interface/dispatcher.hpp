// From (method, path) to the function that answers: the original's PathDispatcher.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/message.hpp"
#include "parameters.hpp"

namespace cookbook::rest_interface {

/// Answers a request for one resource. `parameters` are those of path, query and form, in this
/// order. One that returns an awaitable takes them by value.
using Handler = std::function<Answer(Request& request, Parameters parameters)>;

/// An application made of handlers:
///
///     Dispatcher dispatcher;
///     dispatcher.add(http::verb::get, "/users/{id}", show_user);
///     co_await serve_http(listen(…), HttpLimits{}, dispatcher);
///
/// What nobody has registered is answered 404; another method than those registered 405, with Allow
/// (RFC 9110, 15.5.6); a method that nobody knows 501. HEAD is answered by GET's handler, OPTIONS
/// by Allow, unless registered.
class Dispatcher {
public:
    /// Registers a handler. A segment "{name}" of the path takes any one segment, not empty, as
    /// the parameter `name`; a path without such segments goes before one with them. The request's
    /// body may have `body_limit` bytes. Throws std::invalid_argument where the path does not begin
    /// with a slash, and as segments_of() does.
    void add(http::verb method, std::string_view path, Handler handler,
             std::uint64_t body_limit = std::uint64_t{1} << 20);

    Answer operator()(Request& request) const;

private:
    using Path = std::span<const std::string>;

    struct Route {
        http::verb method;
        std::vector<std::string> segments;
        Handler handler;
        std::uint64_t body_limit;
    };

    [[nodiscard]] const Route* find(http::verb method, Path path) const;
    [[nodiscard]] std::string methods_of(Path path) const;

    std::vector<Route> routes_;
};

}  // namespace cookbook::rest_interface
