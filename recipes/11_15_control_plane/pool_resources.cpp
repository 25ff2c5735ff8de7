#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/net/utf8.hpp"
#include "openapi.hpp"
#include "requests.hpp"
#include "resources.hpp"
#include "store.hpp"

namespace cookbook::control_plane::resources {
namespace {

Refused unknown_pool(const std::string& name) {
    return not_found("no-such-pool", "There is no pool '" + printable(brief(name)) + "'.");
}

http::Response status_response(std::string_view status) {
    return json_response(http::status::ok,
                         {{"status", boost::json::string_view(status.data(), status.size())}});
}

}  // namespace

std::string pool_name_in(const Parameters& path) {
    std::string name(path.get("name"));
    if (!is_pool_name(name)) {
        throw unknown_pool(name);
    }
    return name;
}

http::Response json_response(http::status status, const boost::json::value& value) {
    http::Response response(status, "application/json");
    response.data() = boost::json::serialize(value) + "\n";
    return response;
}

asio::awaitable<http::Response> make_pool(Call call) {
    const std::function<PoolState(Connection&)> create =
        [pool = parse_pool(call.body)](Connection& connection) {
            return create_pool(connection, pool, unix_time());
        };
    const PoolState made = co_await call.service.change(create);
    http::Response response = json_response(http::status::created, to_json(made));
    response.add(http::field::location, "/v1/pools/" + made.pool.name);
    co_return response;
}

asio::awaitable<http::Response> show_pools(Call call) {
    const std::function<std::vector<PoolState>(Connection&)> list = list_pools;
    boost::json::array pools;
    for (const PoolState& state : co_await call.service.read(list)) {
        pools.push_back(to_json(state));
    }
    co_return json_response(http::status::ok, {{"pools", std::move(pools)}});
}

asio::awaitable<http::Response> show_pool(Call call) {
    const std::string name = pool_name_in(call.parameters);
    const std::function<std::optional<PoolState>(Connection&)> find =
        [name](Connection& connection) { return find_pool(connection, name); };
    const auto state = co_await call.service.read(find);
    if (!state) {
        throw unknown_pool(name);
    }
    co_return json_response(http::status::ok, to_json(*state));
}

asio::awaitable<http::Response> remove_pool(Call call) {
    const std::function<bool(Connection&)> remove =
        [name = pool_name_in(call.parameters)](Connection& connection) {
            delete_pool(connection, name, unix_time());
            return true;
        };
    co_await call.service.change(remove);
    co_return http::Response(http::status::no_content);
}

asio::awaitable<http::Response> show_health(Call) {
    co_return status_response("healthy");
}

asio::awaitable<http::Response> show_readiness(Call call) {
    co_await call.service.database().check();
    co_return status_response("ready");
}

asio::awaitable<http::Response> show_document(Call) {
    http::Response response(http::status::ok, "application/json");
    response.data() = openapi_document();
    co_return response;
}

}  // namespace cookbook::control_plane::resources
