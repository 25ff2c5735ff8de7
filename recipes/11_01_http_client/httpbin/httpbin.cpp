#include "httpbin.hpp"

#include <boost/url/pct_string_view.hpp>
#include <string_view>
#include <utility>

#include "11_05_rest_interface/middleware.hpp"
#include "common/net/address.hpp"
#include "resources.hpp"

namespace cookbook::http_client {
namespace httpbin {
namespace {

using rest_interface::Dispatcher;

Dispatcher all_resources(std::uint64_t max_body) {
    Dispatcher dispatcher;
    const Register add = [&](http::verb method, std::string_view path, Handler handler) {
        dispatcher.add(method, path, std::move(handler), max_body);
    };
    add_requests(add);
    add_statuses(add);
    add_responses(add);
    add_redirects(add);
    add_cookies(add);
    add_streams(add);
    add_codings(add);
    add_auth(add);
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
}  // namespace httpbin

http::Application make_httpbin(std::string authority, std::uint64_t max_body) {
    return [dispatcher = httpbin::all_resources(max_body),
            authority = std::move(authority)](http::Request& request) -> http::ResponseFuture {
        constexpr std::string_view anything = "/anything/";
        if (request.host.empty()) {
            request.host = authority;
        }
        if (request.method == http::verb::unknown) {
            request.method = http::verb::purge;  // which no resource takes either: 405, not 501
        }
        if (request.path.starts_with(anything) && request.path != anything) {
            return httpbin::dispatch_anything(dispatcher, request);
        }
        return dispatcher(request);
    };
}

asio::awaitable<void> serve_httpbin(tcp::acceptor acceptor, http::Limits limits) {
    http::Application application =
        make_httpbin(cookbook::to_string(acceptor.local_endpoint()), limits.max_body);
    application = rest_interface::with_cors(std::move(application), "*");
    co_await http::serve(std::move(acceptor), limits,
                         rest_interface::logged(std::move(application)));
}

}  // namespace cookbook::http_client
