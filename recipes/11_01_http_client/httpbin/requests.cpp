// Resources that show the request.
#include <string>
#include <utility>

#include "inspection.hpp"
#include "resources.hpp"

namespace cookbook::http_client::httpbin {
namespace {

using http::verb;

http::Response show_get(http::Request& request, const Parameters&) {
    return json_response(describe(request));
}

asio::awaitable<http::Response> show_all(http::Request& request, Parameters) {
    co_await request.read_body();
    Members members = describe(request);
    members.merge(describe_body(request));
    co_return json_response(members);
}

asio::awaitable<http::Response> show_anything(http::Request& request, Parameters) {
    co_await request.read_body();
    Members members = describe(request);
    members.merge(describe_body(request));
    members.emplace("method", to_json(request.method_name));
    co_return json_response(members);
}

http::Response show_headers(http::Request& request, const Parameters&) {
    return json_response({{"headers", describe(request).at("headers")}});
}

http::Response show_ip(http::Request& request, const Parameters&) {
    return json_response({{"origin", to_json(origin_of(request))}});
}

http::Response show_user_agent(http::Request& request, const Parameters&) {
    const auto fields = headers_of(request);
    const auto agent = fields.find("User-Agent");
    return json_response({{"user-agent", agent == fields.end() ? "null" : to_json(agent->second)}});
}

}  // namespace

void add_requests(const Register& add) {
    add(verb::get, "/get", show_get);
    add(verb::get, "/headers", show_headers);
    add(verb::get, "/ip", show_ip);
    add(verb::get, "/user-agent", show_user_agent);
    add(verb::post, "/post", show_all);
    add(verb::put, "/put", show_all);
    add(verb::patch, "/patch", show_all);
    add(verb::delete_, "/delete", show_all);
    for (const verb method : all_methods) {
        add(method, "/anything", show_anything);
    }
}

}  // namespace cookbook::http_client::httpbin
