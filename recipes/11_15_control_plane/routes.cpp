#include "routes.hpp"

#include "resources.hpp"

namespace cookbook::control_plane {
namespace {

using http::verb;

std::vector<Route> make_routes() {
    using namespace resources;
    return {
        {.method = verb::post,
         .path = "/v1/pools",
         .summary = "Make a pool",
         .handle = make_pool,
         .statuses = {201, 409},
         .result = "Pool",
         .body = "NewPool"},
        {.method = verb::get,
         .path = "/v1/pools",
         .summary = "All pools, by name",
         .handle = show_pools,
         .statuses = {200},
         .result = "Pools"},
        {.method = verb::get,
         .path = "/v1/pools/{name}",
         .summary = "One pool",
         .handle = show_pool,
         .statuses = {200, 404},
         .result = "Pool"},
        {.method = verb::delete_,
         .path = "/v1/pools/{name}",
         .summary = "Remove a pool of which nothing is held",
         .handle = remove_pool,
         .statuses = {204, 404, 409}},
        {.method = verb::post,
         .path = "/v1/pools/{name}/leases",
         .summary = "Take addresses: 200 if this Idempotency-Key has taken them before",
         .handle = take,
         .statuses = {201, 200, 404, 409},
         .result = "Leases",
         .body = "NewLease"},
        {.method = verb::get,
         .path = "/v1/leases",
         .summary = "Leases by address; the next page begins after `next`",
         .handle = show_leases,
         .statuses = {200},
         .result = "Page",
         .query = {"pool", "owner", "limit", "after"}},
        {.method = verb::delete_,
         .path = "/v1/leases",
         .summary = "Give back all that an owner has",
         .handle = give_all_back,
         .statuses = {200},
         .result = "Released",
         .query = {"owner"}},
        {.method = verb::get,
         .path = "/v1/leases/{address}",
         .summary = "Who has this address",
         .handle = show_lease,
         .statuses = {200, 404},
         .result = "Lease"},
        {.method = verb::delete_,
         .path = "/v1/leases/{address}",
         .summary = "Give an address back",
         .handle = give_back,
         .statuses = {204, 404, 409},
         .query = {"owner"}},
        {.method = verb::post,
         .path = "/v1/leases/{address}/renew",
         .summary = "Keep an address for longer",
         .handle = keep,
         .statuses = {200, 404, 409},
         .result = "Lease",
         .body = "Renewal"},
        {.method = verb::get,
         .path = "/healthz",
         .summary = "Whether the server runs",
         .handle = show_health,
         .statuses = {200},
         .result = "Status",
         .needs_key = false},
        {.method = verb::get,
         .path = "/readyz",
         .summary = "Whether its database answers, too",
         .handle = show_readiness,
         .statuses = {200},
         .result = "Status",
         .needs_key = false},
        {.method = verb::get,
         .path = "/openapi.json",
         .summary = "This document",
         .handle = show_document,
         .statuses = {200},
         .result = "Document",
         .needs_key = false},
    };
}

}  // namespace

std::span<const Route> routes() {
    static const std::vector<Route> all = make_routes();
    return all;
}

}  // namespace cookbook::control_plane
