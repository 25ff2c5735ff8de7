// 11.15 Control plane: REST. Most cases hold over both databases.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "11_15_control_plane/openapi.hpp"
#include "11_15_control_plane/routes.hpp"
#include "11_15_control_plane_rest.hpp"
#include "common/async/task_group.hpp"
#include "support/log.hpp"

using namespace cookbook;
using namespace cookbook::control_plane;
using namespace cookbook::testing;

namespace {

using http::verb;

asio::awaitable<void> make_lan(const Rest& rest, std::string more = {}) {
    const Response made =
        co_await rest.post("/v1/pools", R"({"name":"lan","cidr":"192.0.2.0/28")" + more + "}");
    BOOST_TEST_REQUIRE(made.status == 201U, made.body);
}

asio::awaitable<Response> take(const Rest& rest, std::string owner, std::string more = {}) {
    return rest.post("/v1/pools/lan/leases", R"({"owner":")" + owner + "\"" + more + "}");
}

asio::awaitable<void> keep_addresses(asio::awaitable<Response> request,
                                     std::multiset<std::string>& addresses) {
    const Response response = co_await std::move(request);
    addresses.insert(response.status == 201 ? addresses_of(response) : kind_of(response));
}

asio::awaitable<void> stop_postgresql_under_a_service() {
    rest_api::PostgreSqlServer server(co_await this_coro::executor);
    if (!co_await server.start()) {
        co_return;
    }
    {
        const Rest rest(server.create("stopped"));
        co_await make_lan(rest);
        co_await server.order("stop");
        const Response refused = co_await take(rest, "a");
        BOOST_TEST(kind_of(refused) == "503 unavailable");
        BOOST_TEST(refused.field("Retry-After") == "1");
        BOOST_TEST((co_await rest.get("/readyz")).status == 503U);
        BOOST_TEST((co_await rest.get("/healthz")).status == 200U, "the server itself is well");
        co_await server.order("start");
        BOOST_TEST(addresses_of(co_await take(rest, "a")) == "192.0.2.1",
                   "the database is there again, and nothing was taken meanwhile");
    }
    co_await server.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(control_plane_rest)

DATABASE_CASE(rest_makes_pools_and_removes_them) {
    const Rest rest(url);
    const Response made = co_await rest.post(
        "/v1/pools",
        R"({"name":"lan","cidr":"192.0.2.0/28","reserved":["192.0.2.1","192.0.2.8/30"],)"
        R"("cooldown":5,"ttl":60,"note":"Té"})");
    BOOST_TEST(made.status == 201U);
    BOOST_TEST(made.field("Location") == "/v1/pools/lan");
    BOOST_TEST(made.body ==
               R"({"name":"lan","cidr":"192.0.2.0/28","reserved":["192.0.2.1","192.0.2.8/30"],)"
               R"("cooldown":5,"ttl":60,"note":"Té","size":"9","held":0,"free":"9"})"
               "\n");
    BOOST_TEST((co_await rest.get("/v1/pools/lan")).body == made.body);
    BOOST_TEST(
        (co_await rest.post("/v1/pools", R"({"name":"big","cidr":"2001:db8::/32"})")).status ==
        201U);
    const Response all = co_await rest.get("/v1/pools");
    const boost::json::object object = all.json();
    BOOST_TEST(object.at("pools").as_array().size() == 2U);
    BOOST_TEST(object.at("pools").at(0).at("size").as_string() == "79228162514264337593543950335",
               "the pool 'big' comes first, without the routers' address");
    co_await take(rest, "a");
    const Response used = co_await rest.get("/v1/pools/lan");
    BOOST_TEST(used.json().at("held").as_int64() == 1);
    BOOST_TEST(used.json().at("free").as_string() == "8");
    BOOST_TEST(kind_of(co_await rest.remove("/v1/pools/lan")) == "409 in-use");
    BOOST_TEST((co_await rest.remove("/v1/leases?owner=a")).body == "{\"released\":1}\n");
    const Response removed = co_await rest.remove("/v1/pools/lan");
    BOOST_TEST(removed.status == 204U);
    BOOST_TEST(removed.body.empty());
    BOOST_TEST(kind_of(co_await rest.get("/v1/pools/lan")) == "404 no-such-pool");
    BOOST_TEST(kind_of(co_await rest.remove("/v1/pools/lan")) == "404 no-such-pool");
    BOOST_TEST(rest.changes == 5, "whoever watches is woken by changes, and by changes only");
}

DATABASE_CASE(rest_gives_addresses_and_takes_them_back) {
    const Rest rest(url);
    co_await make_lan(rest);
    const Response taken = co_await take(rest, "web-1", R"(,"ttl":60,"note":"n")");
    BOOST_TEST(taken.status == 201U);
    const boost::json::object lease = taken.json().at("leases").at(0).as_object();
    BOOST_TEST(lease.at("address").as_string() == "192.0.2.1");
    BOOST_TEST(lease.at("pool").as_string() == "lan");
    BOOST_TEST(lease.at("owner").as_string() == "web-1");
    BOOST_TEST(lease.at("note").as_string() == "n");
    BOOST_TEST(lease.at("expires").as_int64() == lease.at("since").as_int64() + 60);
    const Response found = co_await rest.get("/v1/leases/192.0.2.1");
    BOOST_TEST(found.json() == lease);
    BOOST_TEST(addresses_of(co_await take(rest, "b", R"(,"count":3)")) ==
               "192.0.2.2 192.0.2.3 192.0.2.4");
    BOOST_TEST(addresses_of(co_await take(rest, "b", R"(,"address":"192.0.2.14")")) ==
               "192.0.2.14");
    const Response kept =
        co_await rest.post("/v1/leases/192.0.2.1/renew", R"({"owner":"web-1","ttl":0})");
    BOOST_TEST(kept.status == 200U);
    BOOST_TEST(kept.json().at("expires").as_int64() == 0);
    BOOST_TEST((co_await rest.remove("/v1/leases/192.0.2.1?owner=web-1")).status == 204U);
    BOOST_TEST(kind_of(co_await rest.get("/v1/leases/192.0.2.1")) == "404 not-held");
}

DATABASE_CASE(rest_says_why_not) {
    const Rest rest(url);
    co_await make_lan(rest, R"(,"reserved":["192.0.2.9"])");
    co_await take(rest, "a");
    const auto pool = [&](std::string name, std::string cidr) {
        return rest.post("/v1/pools", R"({"name":")" + name + R"(","cidr":")" + cidr + "\"}");
    };
    BOOST_TEST(kind_of(co_await pool("lan", "10.0.0.0/8")) == "409 exists");
    BOOST_TEST(kind_of(co_await pool("wan", "192.0.0.0/16")) == "409 overlaps");
    BOOST_TEST(kind_of(co_await take(rest, "b", R"(,"address":"192.0.2.1")")) == "409 held");
    BOOST_TEST(kind_of(co_await take(rest, "b", R"(,"address":"192.0.2.9")")) == "409 reserved");
    BOOST_TEST(kind_of(co_await take(rest, "b", R"(,"address":"192.0.3.1")")) == "409 not-in-pool");
    BOOST_TEST(kind_of(co_await take(rest, "b", R"(,"count":13)")) == "409 exhausted");
    BOOST_TEST(addresses_of(co_await rest.get("/v1/leases?owner=b")).empty(), "all or none");
    for (const char* name : {"no", "N%20O", "%FF"}) {
        const std::string leases = std::string("/v1/pools/") + name + "/leases";
        BOOST_TEST(kind_of(co_await rest.post(leases, R"({"owner":"a"})")) == "404 no-such-pool",
                   name);
    }
    BOOST_TEST(kind_of(co_await rest.remove("/v1/leases/192.0.2.1?owner=b")) == "409 other-owner");
    BOOST_TEST(kind_of(co_await rest.post("/v1/leases/192.0.2.1/renew", R"({"owner":"b"})")) ==
               "409 other-owner");
    for (const char* address : {"192.0.2.2", "10.0.0.1", "192.0.2.01", "x", "fe80::1%25eth0"}) {
        const std::string lease = std::string("/v1/leases/") + address;
        BOOST_TEST(kind_of(co_await rest.get(lease)) == "404 not-held", address);
        BOOST_TEST(kind_of(co_await rest.remove(lease + "?owner=a")) == "404 not-held", address);
        BOOST_TEST(
            kind_of(co_await rest.post(lease + "/renew", R"({"owner":"a"})")) == "404 not-held",
            address);
    }
}

DATABASE_CASE(rest_names_every_mistake) {
    const Rest rest(url);
    co_await make_lan(rest);
    const auto refused = [&](std::string target, std::string body) -> asio::awaitable<std::string> {
        const Response response = co_await rest.post(std::move(target), std::move(body));
        BOOST_TEST(kind_of(response) == "422 invalid");
        co_return fields_of(response);
    };
    BOOST_TEST(
        co_await refused("/v1/pools", R"({"name":"A","cidr":"10.0.0.1/8","ttl":-1,"x":1,"note":2,)"
                                      R"("cooldown":1.5,"reserved":["q",""]})") ==
            "x name cidr reserved reserved cooldown ttl note",
        "a client mends all at once");
    BOOST_TEST(co_await refused("/v1/pools", "{}") == "name cidr");
    const Response nameless = co_await rest.post("/v1/pools", R"({"name":"","cidr":"10.0.0.0/8"})");
    BOOST_TEST(nameless.json().at("errors").at(0).at("detail") == "must have 1 to 64 characters");
    BOOST_TEST(co_await refused("/v1/pools", R"({"name":"a","cidr":"fe80::%1/64"})") == "cidr");
    BOOST_TEST(
        co_await refused("/v1/pools", R"({"name":"a","cidr":"10.0.0.0/8","reserved":["::1"]})") ==
        "reserved");
    BOOST_TEST(co_await refused("/v1/pools", "[]") == "body");
    BOOST_TEST(co_await refused("/v1/pools/lan/leases",
                                R"({"owner":"","ttl":"1","address":"fe80::1%1","count":257})") ==
               "owner ttl address count");
    BOOST_TEST(co_await refused("/v1/pools/lan/leases",
                                R"({"owner":"a\u0000","address":"192.0.2.1","count":2})") ==
               "owner count");
    BOOST_TEST(co_await refused("/v1/leases/192.0.2.1/renew", R"({"owner":1,"note":""})") ==
               "note owner");
    const auto refused_query = [&](verb method, std::string query) -> asio::awaitable<std::string> {
        const Response response = co_await rest.send(method, "/v1/leases" + query);
        BOOST_TEST(kind_of(response) == "422 invalid");
        co_return fields_of(response);
    };
    BOOST_TEST(co_await refused_query(verb::get, "?x=1&limit=1&limit=2") == "x limit");
    BOOST_TEST(co_await refused_query(verb::get, "?pool=A&owner=%FF&limit=0&after=1") ==
               "pool owner limit after");
    BOOST_TEST(co_await refused_query(verb::get, "?limit=1001") == "limit");
    BOOST_TEST(co_await refused_query(verb::delete_, "") == "owner");
    BOOST_TEST(co_await refused_query(verb::delete_, "?owner=a&owner=b") == "owner");
    BOOST_TEST((co_await take(rest, "a", R"(,"ttl":null,"count":1.0)")).status == 201U,
               "null is as good as nothing, and 1.0 is a whole number");
}

DATABASE_CASE(rest_refuses_what_it_does_not_serve) {
    http::Limits limits;
    limits.max_body = 100;
    const Rest rest(url, limits);
    const auto ask = [&](Headers headers, std::string body = "{}") {
        return rest_api::ask(rest.application, verb::post, "/v1/pools", std::move(headers),
                             std::move(body));
    };
    for (const char* key : {"", "Bearer ", "Bearer secre", "Bearer secret2", "Basic secret"}) {
        const Response response = co_await ask({{"Authorization", key}});
        BOOST_TEST(kind_of(response) == "401 unauthorized", key);
        BOOST_TEST(response.field("WWW-Authenticate").starts_with("Bearer"));
    }
    BOOST_TEST(kind_of(co_await ask({{"X-API-Key", "secret"}})) == "401 unauthorized",
               "the document has one scheme, and it is another");
    const std::string key = "Bearer secret";
    const Response admitted = co_await rest_api::ask(
        rest.application, verb::get, "/v1/pools", {{"Authorization", key}, {"X-API-Key", "other"}});
    BOOST_TEST(admitted.status == 200U, "the key is right: " << admitted.body);
    BOOST_TEST(kind_of(co_await ask({{"Authorization", key}, {"Content-Type", "text/xml"}})) ==
               "415 not-json");
    const std::vector<std::pair<std::string, std::string>> bodies = {
        {"", "400 malformed"},
        {"{", "400 malformed"},
        {"\"\xFF\"", "400 malformed"},
        {std::string(101, ' '), "413 too-large"}};
    for (const auto& [body, kind] : bodies) {
        BOOST_TEST(kind_of(co_await rest.post("/v1/pools", body)) == kind);
    }
    BOOST_TEST(kind_of(co_await rest.get("/v1/nothing")) == "404 not-found");
    BOOST_TEST(kind_of(co_await rest.get("/v1/leases?a=%")) == "400 malformed");
    const Response method = co_await rest.send(verb::put, "/v1/pools", "{}");
    BOOST_TEST(kind_of(method) == "405 method-not-allowed");
    BOOST_TEST(method.field("Allow").find("POST") != std::string::npos);
    BOOST_TEST((co_await rest.get("/v1/pools")).body == "{\"pools\":[]}\n", "nothing was made");
}

DATABASE_CASE(rest_counts_an_idempotency_key_once) {
    const Rest rest(url);
    co_await make_lan(rest);
    const auto take_by = [&](std::string key, std::string body = R"({"owner":"a","count":2})") {
        return rest.post("/v1/pools/lan/leases", std::move(body), {{"Idempotency-Key", key}});
    };
    const Response first = co_await take_by("k1");
    BOOST_TEST(first.status == 201U);
    const Response again = co_await take_by("k1");
    BOOST_TEST(again.status == 200U, "the client has not heard of the first, and asks again");
    BOOST_TEST(again.body == first.body);
    BOOST_TEST(addresses_of(co_await take_by("k2")) == "192.0.2.3 192.0.2.4");
    BOOST_TEST(kind_of(co_await take_by("k1", R"({"owner":"b","count":2})")) == "422 key-reused");
    BOOST_TEST(fields_of(co_await take_by("")) == "Idempotency-Key");
    BOOST_TEST(fields_of(co_await take_by(std::string(256, 'x'))) == "Idempotency-Key");
}

DATABASE_CASE(rest_knows_an_address_however_it_is_written) {
    const Rest rest(url);
    co_await rest.post("/v1/pools", R"({"name":"six","cidr":"2001:db8::/64"})");
    const Response taken = co_await rest.post("/v1/pools/six/leases",
                                              R"({"owner":"a b","address":"2001:DB8:0:0::000A"})");
    BOOST_TEST(addresses_of(taken) == "2001:db8::a");
    for (const char* address : {"2001:db8::a", "2001:DB8::A", "2001%3Adb8%3a%3Aa",
                                "2001:0db8:0000:0000:0000:0000:0000:000a", "2001:db8::0.0.0.10"}) {
        BOOST_TEST((co_await rest.get(std::string("/v1/leases/") + address)).status == 200U,
                   address);
    }
    BOOST_TEST((co_await rest.remove("/v1/leases/2001%3ADB8%3A%3A0A?owner=a+b")).status == 204U);
}

DATABASE_CASE(rest_pages_through_leases) {
    const Rest rest(url);
    co_await make_lan(rest);
    co_await rest.post("/v1/pools", R"({"name":"six","cidr":"2001:db8::/64"})");
    co_await take(rest, "a", R"(,"count":8)");
    co_await take(rest, "b", R"(,"count":4)");
    co_await rest.post("/v1/pools/six/leases", R"({"owner":"a","count":2})");
    std::string walked;
    std::string after;
    int pages = 0;
    for (bool more = true; more; ++pages) {
        const Response page = co_await rest.get("/v1/leases?limit=5&owner=a" + after);
        walked += addresses_of(page) + " | ";
        const boost::json::object object = page.json();
        more = !object.at("next").is_null();
        after = more ? "&after=" + std::string(object.at("next").as_string().c_str()) : "";
    }
    BOOST_TEST(walked ==
                   "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 | "
                   "192.0.2.6 192.0.2.7 192.0.2.8 2001:db8::1 2001:db8::2 | ",
               "each lease once, in the order of addresses: " << walked);
    BOOST_TEST(pages == 2, "the second page is full, and the last: there is no empty third");
    BOOST_TEST(addresses_of(co_await rest.get("/v1/leases?pool=six")) == "2001:db8::1 2001:db8::2");
    BOOST_TEST(addresses_of(co_await rest.get("/v1/leases?pool=lan&owner=b&limit=1")) ==
               "192.0.2.9");
    BOOST_TEST(addresses_of(co_await rest.get("/v1/leases?after=2001:DB8::1")) == "2001:db8::2");
    BOOST_TEST((co_await rest.remove("/v1/leases?owner=a")).body == "{\"released\":10}\n");
    BOOST_TEST((co_await rest.remove("/v1/leases?owner=a")).body == "{\"released\":0}\n");
}

DATABASE_CASE(rest_releases_many_in_turns) {
    const Rest rest(url);
    co_await rest.post("/v1/pools", R"({"name":"wide","cidr":"10.0.0.0/8"})");
    for (int i = 0; i < 3; ++i) {
        co_await rest.post("/v1/pools/wide/leases", R"({"owner":"a","count":250})");
    }
    const int changes = rest.changes;
    BOOST_TEST((co_await rest.remove("/v1/leases?owner=a")).body == "{\"released\":750}\n");
    BOOST_TEST(rest.changes == changes + 2, "of many a batch at a time, so that others may go on");
}

DATABASE_CASE(rest_gives_each_address_once_however_many_ask) {
    const Rest rest(url);
    co_await make_lan(rest);
    std::multiset<std::string> addresses;
    TaskGroup group(co_await this_coro::executor);
    for (int i = 0; i < 20; ++i) {
        group.spawn(keep_addresses(take(rest, "node-" + std::to_string(i)), addresses));
    }
    co_await group.join();
    BOOST_TEST(addresses.count("409 exhausted") == 6U, "14 addresses for 20 who ask");
    BOOST_TEST(std::set(addresses.begin(), addresses.end()).size() == 15U,
               "an address was given to two");
}

DATABASE_CASE(rest_keeps_what_its_document_promises) {
    http::Limits limits;
    limits.max_body = 1000;
    const Rest rest(url, limits);
    const auto document = boost::json::parse((co_await rest.get("/openapi.json")).body).as_object();
    const auto is_promised = [&](const Route& route, unsigned status) {
        std::string method(to_string(route.method));
        std::ranges::transform(method, method.begin(),
                               [](char c) { return static_cast<char>(std::tolower(c)); });
        return document.at("paths")
            .at({route.path.data(), route.path.size()})
            .at(method)
            .at("responses")
            .as_object()
            .contains(std::to_string(status));
    };
    const std::vector<std::string> bodies = {R"({"name":"lan","cidr":"192.0.2.0/28"})",
                                             R"({"owner":"a","address":"192.0.2.1"})",
                                             R"({"owner":"a"})", "{", std::string(1001, ' ')};
    for (const Route& route : routes()) {
        std::string target(route.path);
        for (const auto& [name, value] :
             {std::pair("{name}", "lan"), std::pair("{address}", "192.0.2.1")}) {
            const std::size_t at = target.find(name);
            target =
                at == target.npos ? target : target.replace(at, std::string(name).size(), value);
        }
        for (const std::string& body : bodies) {
            for (const char* query : {"", "?owner=a", "?nonsense=1"}) {
                const Response response = co_await rest.send(route.method, target + query, body);
                BOOST_TEST(is_promised(route, response.status),
                           route.path << " responded " << response.status << ", undocumented");
            }
        }
        const Response stranger = co_await rest_api::ask(rest.application, route.method, target);
        BOOST_TEST((stranger.status == 401U) == route.needs_key, route.path);
    }
}

DATABASE_CASE(rest_logs_neither_keys_nor_values) {
    const Rest rest(url);
    const Log log;
    co_await make_lan(rest);
    const Response taken = co_await take(rest, "web-1");
    BOOST_TEST(log.text().find(" /v1/pools/lan/leases 201 ") != std::string::npos);
    BOOST_TEST(log.text().find("id=" + taken.field("X-Request-Id") + " key=admin") !=
               std::string::npos);
    BOOST_TEST(log.text().find("secret") == std::string::npos);
    BOOST_TEST(log.text().find("web-1") == std::string::npos);
}

ASYNC_TEST_CASE(shows_the_page_and_how_it_is) {
    const TemporaryFolder folder;
    const Rest rest(folder.file("ipam.db"));
    BOOST_TEST((co_await rest_api::ask(rest.application, verb::get, "/healthz")).body ==
               "{\"status\":\"healthy\"}\n");
    BOOST_TEST((co_await rest_api::ask(rest.application, verb::get, "/readyz")).body ==
               "{\"status\":\"ready\"}\n");
    const Response page = co_await rest_api::ask(rest.application, verb::get, "/");
    BOOST_TEST(page.field("Content-Type") == "text/html; charset=utf-8");
    BOOST_TEST(page.body.find("id=\"pools\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_database_that_stops_is_503_until_it_is_there_again) {
    run_async_case(stop_postgresql_under_a_service, 300s);
}

BOOST_AUTO_TEST_SUITE_END()
