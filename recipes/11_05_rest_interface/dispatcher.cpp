#include "dispatcher.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace cookbook::rest_interface {
namespace {

bool is_placeholder(std::string_view segment) {
    return segment.starts_with('{') && segment.ends_with('}');
}

bool matches(std::span<const std::string> pattern, std::span<const std::string> path) {
    // [step 1] A pattern matches segment by segment; a placeholder takes any one that is not empty.
    return std::ranges::equal(pattern, path, [](const auto& expected, const auto& segment) {
        return is_placeholder(expected) ? !segment.empty() : expected == segment;
    });
    // [end]
}

Parameters parameters_of(std::span<const std::string> pattern, std::span<const std::string> path,
                         std::string_view query) {
    Parameters parameters;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (is_placeholder(pattern[i])) {
            parameters.add(pattern[i].substr(1, pattern[i].size() - 2), path[i]);
        }
    }
    add_urlencoded(parameters, query);
    return parameters;
}

/// Reads a form before the handler is called.
asio::awaitable<Response> call_with_form(const Handler& handler, Request& request,
                                         Parameters parameters) {
    const std::string_view body = co_await request.read_body();
    add_form(parameters, request[http::field::content_type], body);
    co_return co_await wait_for(handler(request, std::move(parameters)));
}

}  // namespace

void Dispatcher::add(http::verb method, std::string_view path, Handler handler,
                     std::uint64_t body_limit) {
    if (!path.starts_with('/')) {
        throw std::invalid_argument("a path begins with a slash: " + std::string(path));
    }
    Route route{method, segments_of(path), std::move(handler), body_limit};
    const auto placeholders = [](const Route& one) {
        return std::ranges::count_if(one.segments, is_placeholder);
    };
    routes_.insert(std::ranges::upper_bound(routes_, placeholders(route), {}, placeholders),
                   std::move(route));
}

const Dispatcher::Route* Dispatcher::find(http::verb method, Path path) const {
    const auto found = std::ranges::find_if(routes_, [&](const Route& route) {
        return route.method == method && matches(route.segments, path);
    });
    return found == routes_.end() ? nullptr : &*found;
}

/// The value of Allow; empty where nothing is registered for the path.
std::string Dispatcher::methods_of(Path path) const {
    std::set<http::verb> methods;
    for (const Route& route : routes_) {
        if (path.empty() || matches(route.segments, path)) {
            methods.insert({route.method, http::verb::options});
            methods.insert(route.method == http::verb::get ? http::verb::head : route.method);
        }
    }
    std::string names;
    for (const http::verb method : methods) {
        names.append(names.empty() ? "" : ", ").append(http::to_string(method));
    }
    return names;
}

Answer Dispatcher::operator()(Request& request) const {
    if (request.method == http::verb::unknown) {
        throw HttpError(http::status::not_implemented, "Not Implemented");
    }
    const bool of_server = request.path == "*";
    const auto path = of_server ? std::vector<std::string>() : segments_of(request.path);
    const Route* route = find(request.method, path);
    if (!route && request.method == http::verb::head) {
        route = find(http::verb::get, path);
    }
    if (!route) {
        // [step 2] No handler: 404 for a path that nobody knows, otherwise say what is allowed.
        const std::string methods = methods_of(path);
        if (methods.empty()) {
            throw HttpError(http::status::not_found, "Not Found");
        }
        const bool asked = request.method == http::verb::options;
        Response response(asked ? http::status::no_content : http::status::method_not_allowed);
        response.add(http::field::allow, methods);
        return response;
        // [end]
    }
    request.body_limit = route->body_limit;
    Parameters parameters = parameters_of(route->segments, path, request.query);
    if (is_form(request[http::field::content_type])) {
        return call_with_form(route->handler, request, std::move(parameters));
    }
    return route->handler(request, std::move(parameters));
}

}  // namespace cookbook::rest_interface
