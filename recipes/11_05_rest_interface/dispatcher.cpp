#include "dispatcher.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

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

http::Result<Parameters> parameters_of(std::span<const std::string> pattern,
                                       std::span<const std::string> path, std::string_view query) {
    Parameters parameters;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (is_placeholder(pattern[i])) {
            parameters.add(pattern[i].substr(1, pattern[i].size() - 2), path[i]);
        }
    }
    if (const auto added = add_urlencoded(parameters, query); !added) {
        return added.error();
    }
    return parameters;
}

/// Whether a form's length is told. Without, there is no body (RFC 9112, 6.3).
bool has_length(const http::Request& request) {
    return request.content_length || !request[http::field::transfer_encoding].empty();
}

/// Reads a form before the handler is called.
asio::awaitable<http::Response> call_with_form(const Handler& handler, http::Request& request,
                                               Parameters parameters) {
    const std::string_view body = co_await request.read_body();
    const auto added = add_form(parameters, request[http::field::content_type], body);
    if (!added) {
        co_return http::error_response(added.error());
    }
    co_return co_await handler(request, std::move(parameters)).wait();
}

}  // namespace

void Dispatcher::add(http::verb method, std::string_view path, Handler handler,
                     std::optional<std::uint64_t> max_body, std::optional<Forms> forms) {
    auto segments = segments_of(path);
    if (!path.starts_with('/') || !segments) {
        throw std::invalid_argument("not a path: " + std::string(path));
    }
    Route route{method, *std::move(segments), std::move(handler), max_body, forms.value_or(forms_)};
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

/// The value of Allow; empty if nothing is registered for the path.
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
        names.append(names.empty() ? "" : ", ").append(to_string(method));
    }
    return names;
}

http::ResponseFuture Dispatcher::operator()(http::Request& request) const {
    if (request.method == http::verb::unknown) {
        return http::error_response(http::status::not_implemented, "Not Implemented");
    }
    const auto path = segments_of(request.path);
    if (!path) {
        return http::error_response(path.error());
    }
    const Route* route = find(request.method, *path);
    if (!route && request.method == http::verb::head) {
        route = find(http::verb::get, *path);
    }
    if (!route) {
        return respond_without_route(request.method, *path);
    }
    request.max_body = route->max_body.value_or(request.max_body);
    if (request.content_length.value_or(0) > request.max_body) {
        return http::error_response(http::status::payload_too_large, "the body is too large");
    }
    auto parameters = parameters_of(route->segments, *path, request.query);
    if (!parameters) {
        return http::error_response(parameters.error());
    }
    if (route->forms == Forms::parsed && is_form(request[http::field::content_type])) {
        if (request.method == http::verb::post && !has_length(request)) {
            return http::error_response(http::status::length_required, "a form needs its length");
        }
        return call_with_form(route->handler, request, *std::move(parameters));
    }
    return route->handler(request, *std::move(parameters));
}

http::Response Dispatcher::respond_without_route(http::verb method, Path path) const {
    // [step 2] No handler: 404 for a path that nobody knows, otherwise say what is allowed.
    const std::string methods = methods_of(path);
    if (methods.empty()) {
        return http::error_response(http::status::not_found, "Not Found");
    }
    http::Response response =
        method == http::verb::options
            ? http::Response(http::status::no_content)
            : http::error_response(http::status::method_not_allowed, "Allowed: " + methods);
    response.add(http::field::allow, methods);
    return response;
    // [end]
}

}  // namespace cookbook::rest_interface
