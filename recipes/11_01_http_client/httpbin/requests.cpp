// Resources that show the request.
#include <string>
#include <utility>

#include "inspection.hpp"
#include "resources.hpp"

namespace cookbook::http_client {
namespace {

using http::verb;

http::Response get(http::Request& request, const Parameters&) {
    return json_response(describe(request));
}

asio::awaitable<http::Response> show_all(http::Request& request, Parameters) {
    co_await request.read_body();
    Members members = describe(request);
    members.merge(describe_body(request));
    co_return json_response(members);
}

asio::awaitable<http::Response> anything(http::Request& request, Parameters) {
    co_await request.read_body();
    Members members = describe(request);
    members.merge(describe_body(request));
    members.emplace("method", to_json(request.method_name));
    co_return json_response(members);
}

http::Response headers(http::Request& request, const Parameters&) {
    return json_response({{"headers", describe(request).at("headers")}});
}

http::Response ip(http::Request& request, const Parameters&) {
    return json_response({{"origin", to_json(origin_of(request))}});
}

http::Response user_agent(http::Request& request, const Parameters&) {
    const auto fields = headers_of(request);
    const auto agent = fields.find("User-Agent");
    return json_response({{"user-agent", agent == fields.end() ? "null" : to_json(agent->second)}});
}

}  // namespace

void add_requests(Dispatcher& dispatcher, std::uint64_t max_body) {
    dispatcher.add(verb::get, "/get", get);
    dispatcher.add(verb::get, "/headers", headers);
    dispatcher.add(verb::get, "/ip", ip);
    dispatcher.add(verb::get, "/user-agent", user_agent);
    dispatcher.add(verb::post, "/post", show_all, max_body);
    dispatcher.add(verb::put, "/put", show_all, max_body);
    dispatcher.add(verb::patch, "/patch", show_all, max_body);
    dispatcher.add(verb::delete_, "/delete", show_all, max_body);
    for (const verb method : all_methods) {
        dispatcher.add(method, "/anything", anything, max_body);
    }
}

}  // namespace cookbook::http_client
