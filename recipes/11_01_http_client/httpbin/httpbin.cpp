#include "httpbin.hpp"

#include <boost/url/pct_string_view.hpp>
#include <string_view>
#include <utility>

#include "11_05_rest_interface/middleware.hpp"
#include "common/net/address.hpp"
#include "resources.hpp"

namespace cookbook::http_client {
namespace {

Dispatcher all_resources(std::uint64_t max_body) {
    Dispatcher dispatcher;
    add_requests(dispatcher, max_body);
    add_statuses(dispatcher);
    add_responses(dispatcher);
    add_redirects(dispatcher);
    add_cookies(dispatcher);
    add_streams(dispatcher, max_body);
    add_auth(dispatcher);
    return dispatcher;
}

/// Whatever follows "/anything/" is one resource. A dispatcher takes segment by segment, and
/// refuses those that could lead out of a folder; here they lead nowhere.
http::ResponseFuture dispatch_anything(const Dispatcher& dispatcher, http::Request& request) {
    const std::string_view path = request.path;
    if (!boost::urls::make_pct_string_view({path.data(), path.size()})) {
        return http::error_response(http::bad_request("malformed percent-encoding"));
    }
    request.path = "/anything";
    http::ResponseFuture response = dispatcher(request);
    request.path = path;  // for the log
    return response;
}

}  // namespace

http::Application make_httpbin(std::string authority, std::uint64_t max_body) {
    return [dispatcher = all_resources(max_body),
            authority = std::move(authority)](http::Request& request) -> http::ResponseFuture {
        constexpr std::string_view anything = "/anything/";
        if (request.host.empty()) {
            request.host = authority;
        }
        if (request.path.starts_with(anything) && request.path != anything) {
            return dispatch_anything(dispatcher, request);
        }
        return dispatcher(request);
    };
}

asio::awaitable<void> serve_httpbin(tcp::acceptor acceptor, http::Limits limits) {
    http::Application application =
        make_httpbin(to_string(acceptor.local_endpoint()), limits.max_body);
    application = rest_interface::with_cors(std::move(application), "*");
    co_await http::serve(std::move(acceptor), limits,
                         rest_interface::logged(std::move(application)));
}

}  // namespace cookbook::http_client
