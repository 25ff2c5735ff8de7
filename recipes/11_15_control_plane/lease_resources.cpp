#include <boost/json/array.hpp>
#include <string>
#include <utility>
#include <vector>

#include "11_04_cidr_addresses/text/text.hpp"
#include "11_05b_rest_api/idempotency.hpp"
#include "11_05b_rest_api/identified.hpp"
#include "common/net/utf8.hpp"
#include "queries.hpp"
#include "requests.hpp"
#include "resources.hpp"
#include "store.hpp"

namespace cookbook::control_plane::resources {
namespace {

Refused held_by_nobody(const std::string& address) {
    return not_found("not-held", "Nobody holds " + address + ".");
}

/// An address in the path, however it is written. What is no address, nobody holds.
Address address_in(const Parameters& path) {
    const std::string_view text = path.get("address");
    const auto address = Address::try_parse(text);
    if (!address || !address->scope_id().empty()) {
        throw held_by_nobody(printable(brief(text)));
    }
    return *address;
}

/// The key of a request that may come twice; empty if there is none.
std::string idempotency_key_of(const http::Request& request) {
    const auto key = rest_api::find_field(request, "Idempotency-Key");
    if (key && !rest_api::is_idempotency_key(*key)) {
        throw invalid({{"Idempotency-Key", "must have 1 to 255 characters of ASCII"}});
    }
    return std::string(key.value_or(""));
}

boost::json::array to_array(const std::vector<Lease>& leases) {
    boost::json::array array;
    for (const Lease& lease : leases) {
        array.push_back(to_json(lease));
    }
    return array;
}

}  // namespace

asio::awaitable<http::Response> take(Call call) {
    AllocationRequest request = parse_allocation(pool_name_in(call.parameters), call.body);
    request.key = idempotency_key_of(call.request);
    const std::function<Allocation(Connection&)> take = [request](Connection& connection) {
        return allocate(connection, request, unix_time());
    };
    const Allocation taken = co_await call.service.change(take);
    co_return json_response(taken.is_replayed ? http::status::ok : http::status::created,
                            {{"leases", to_array(taken.leases)}});
}

asio::awaitable<http::Response> show_leases(Call call) {
    LeaseQuery query = parse_lease_query(call.parameters);
    const std::int64_t limit = query.limit;
    query.limit = limit + 1;  // whether there is a next page
    const std::function<std::vector<Lease>(Connection&)> list = [query](Connection& connection) {
        return list_leases(connection, query);
    };
    std::vector<Lease> leases = co_await call.service.read(list);
    boost::json::value next;
    if (std::cmp_greater(leases.size(), limit)) {
        leases.pop_back();
        next = to_string(leases.back().address);
    }
    co_return json_response(http::status::ok,
                            {{"leases", to_array(leases)}, {"next", std::move(next)}});
}

asio::awaitable<http::Response> show_lease(Call call) {
    const Address address = address_in(call.parameters);
    const std::function<std::optional<Lease>(Connection&)> find =
        [address](Connection& connection) { return find_lease(connection, address); };
    const auto lease = co_await call.service.read(find);
    if (!lease) {
        throw held_by_nobody(to_string(address));
    }
    co_return json_response(http::status::ok, to_json(*lease));
}

asio::awaitable<http::Response> give_back(Call call) {
    const std::function<bool(Connection&)> give =
        [address = address_in(call.parameters),
         owner = parse_owner(call.parameters)](Connection& connection) {
            release(connection, address, owner, unix_time());
            return true;
        };
    co_await call.service.change(give);
    co_return http::Response(http::status::no_content);
}

asio::awaitable<http::Response> give_all_back(Call call) {
    const std::function<Released(Connection&)> give_some =
        [owner = parse_owner(call.parameters)](Connection& connection) {
            return release_some(connection, owner, unix_time());
        };
    std::int64_t released = 0;
    for (bool more = true; more;) {  // others have their turn in between
        const Released batch = co_await call.service.change(give_some);
        released += batch.count;
        more = batch.more;
    }
    co_return json_response(http::status::ok, {{"released", released}});
}

asio::awaitable<http::Response> keep(Call call) {
    const std::function<Lease(Connection&)> keep =
        [address = address_in(call.parameters),
         renewal = parse_renewal(call.body)](Connection& connection) {
            return renew(connection, address, renewal.owner, renewal.ttl, unix_time());
        };
    co_return json_response(http::status::ok, to_json(co_await call.service.change(keep)));
}

}  // namespace cookbook::control_plane::resources
