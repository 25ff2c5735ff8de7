// From (method, path) to the function that responds: the original's PathDispatcher.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/http/application.hpp"
#include "parameters.hpp"

namespace cookbook::rest_interface {

/// Responds to a request for one resource. `parameters` are those of path, query and form, in this
/// order. One that returns an awaitable takes them by value.
using Handler = std::function<http::ResponseFuture(http::Request& request, Parameters parameters)>;

/// Whether a dispatcher reads a form, whose controls become parameters, before it calls the
/// handler, or leaves the body to that, whatever it is.
enum class Forms { parsed, left };

/// An application made of handlers:
///
///     Dispatcher dispatcher;
///     dispatcher.add(http::verb::get, "/users/{id}", show_user);
///     co_await http::serve(listen(executor, {.port = 8080}), {}, dispatcher);
///
/// A path that nobody has registered gets 404; another method than those registered 405, with Allow
/// (RFC 9110, 15.5.6); a method that nobody knows 501; a malformed path, query or form 400; a body
/// that says it is too large 413. HEAD gets what GET's handler responds, OPTIONS gets Allow, unless
/// they are registered.
class Dispatcher {
public:
    explicit Dispatcher(Forms forms = Forms::parsed) : forms_(forms) {}

    /// Registers a handler. A segment "{name}" of the path takes any one segment, not empty, as
    /// the parameter `name`; a path without such segments goes before one with them. The request's
    /// body may have `max_body` bytes, or as many as the server allows; `forms` is what becomes of
    /// one here, if not what the dispatcher does with others. Throws std::invalid_argument if the
    /// path does not begin with a slash, or is malformed as segments_of() has it.
    void add(http::verb method, std::string_view path, Handler handler,
             std::optional<std::uint64_t> max_body = {}, std::optional<Forms> forms = {});

    http::ResponseFuture operator()(http::Request& request) const;

private:
    using Path = std::span<const std::string>;

    struct Route {
        http::verb method;
        std::vector<std::string> segments;
        Handler handler;
        std::optional<std::uint64_t> max_body;
        Forms forms;
    };

    [[nodiscard]] const Route* find(http::verb method, Path path) const;
    [[nodiscard]] std::string methods_of(Path path) const;
    [[nodiscard]] http::Response respond_without_route(http::verb method, Path path) const;

    Forms forms_;
    std::vector<Route> routes_;
};

}  // namespace cookbook::rest_interface
