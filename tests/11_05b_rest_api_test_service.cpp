// 11.5b REST API on a database: requests and responses. Every case holds over both databases.
#include <boost/asio/co_spawn.hpp>
#include <string>
#include <thread>
#include <vector>

#include "11_05b_rest_api/identified.hpp"
#include "11_05b_rest_api/routes.hpp"
#include "11_05b_rest_api_service.hpp"
#include "common/async/task_group.hpp"
#include "support/log.hpp"

using namespace cookbook;
using namespace cookbook::rest_api;
using namespace cookbook::testing;

namespace {

using http::verb;

const std::string tea_body = R"({"name":"Tea","price":4.55,"stock":3,"category":"drinks"})";

std::string user_body(const std::string& name) {
    return R"({"username":")" + name + R"(","email":")" + name + R"(@x"})";
}

std::string text_of(const boost::json::object& object, const char* name) {
    return object.at(name).as_string().c_str();
}

asio::awaitable<std::int64_t> count_of_rows(const Service& service, std::string kind) {
    const Response response = co_await service.get("/" + kind);
    co_return response.json().at("pagination").at("total").as_int64();
}

/// The names of a page of products: "a b".
asio::awaitable<std::string> names_of(const Service& service, std::string query) {
    const Response response = co_await service.get("/products?" + query);
    std::string names;
    const boost::json::object page = response.json();
    for (const auto& one : page.at("products").as_array()) {
        names += (names.empty() ? "" : " ") + text_of(one.as_object(), "name");
    }
    co_return names;
}

asio::awaitable<void> add_product(const Service& service, std::string name, std::string price,
                                  std::string category) {
    const Response response =
        co_await service.post("/products", R"({"name":")" + name + R"(","price":)" + price +
                                               R"(,"category":)" + category + "}");
    BOOST_TEST(response.status == 201);
}

/// Runs several requests at once and returns their responses.
asio::awaitable<std::vector<Response>> at_once(std::vector<asio::awaitable<Response>> requests) {
    std::vector<Response> responses;
    TaskGroup group(co_await this_coro::executor);
    const auto keep = [](asio::awaitable<Response> request,
                         std::vector<Response>& into) -> asio::awaitable<void> {
        Response response = co_await std::move(request);
        into.push_back(std::move(response));
    };
    for (auto& request : requests) {
        group.spawn(keep(std::move(request), responses));
    }
    co_await group.join();
    co_return responses;
}

std::size_t count_status(const std::vector<Response>& responses, unsigned status) {
    return static_cast<std::size_t>(std::ranges::count(responses, status, &Response::status));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rest_api_service)

DATABASE_CASE(creates_finds_changes_and_deletes) {
    const Service service(url);
    const Response made = co_await service.post("/products", tea_body);
    BOOST_TEST(made.status == 201);
    BOOST_TEST(made.field("Location") == "/products/1");
    BOOST_TEST(made.field("ETag") == "\"1\"");
    BOOST_TEST(made.json().at("price").as_double() == 4.55);
    const Response found = co_await service.get("/products/1");
    BOOST_TEST(found.body == made.body, "what is found is what was made: " << found.body);
    const Response replaced =
        co_await service.send(verb::put, "/products/1", R"({"name":"Té","price":5})");
    BOOST_TEST(replaced.status == 200);
    BOOST_TEST(replaced.field("ETag") == "\"2\"");
    BOOST_TEST(text_of(replaced.json(), "name") == "Té");
    BOOST_TEST(replaced.json().at("category").is_null(), "PUT replaces: what is missing is gone");
    BOOST_TEST(replaced.json().at("stock").as_int64() == 0);
    const Response patched = co_await service.send(verb::patch, "/products/1", R"({"stock":9})");
    BOOST_TEST(patched.json().at("stock").as_int64() == 9);
    BOOST_TEST(text_of(patched.json(), "name") == "Té", "PATCH merges: what is missing stays");
    BOOST_TEST((co_await service.get("/products/1")).field("ETag") == "\"3\"",
               "each change counts the version up");
    const Response deleted = co_await service.send(verb::delete_, "/products/1");
    BOOST_TEST(deleted.status == 204);
    BOOST_TEST(deleted.body.empty());
    BOOST_TEST((co_await service.get("/products/1")).status == 404);
    BOOST_TEST((co_await service.send(verb::delete_, "/products/1")).status == 404);
    const Response next = co_await service.post("/products", tea_body);
    BOOST_TEST(next.field("Location") == "/products/2", "an id is never given twice");
}

DATABASE_CASE(filters_sorts_and_pages) {
    const Service service(url);
    co_await add_product(service, "b", "2", "\"x\"");
    co_await add_product(service, "a", "0.29", "\"x\"");
    co_await add_product(service, "Z", "2", "null");
    co_await add_product(service, "d", "10.5", "\"y\"");
    const std::vector<std::pair<std::string, std::string>> expected = {
        {"", "b a Z d"},
        {"sort_by=name", "Z a b d"},
        {"sort_by=price", "a b Z d"},
        {"sort_by=price&sort_order=desc", "d b Z a"},
        {"category=x", "b a"},
        {"category=x'%20OR%20'1'='1", ""},
        {"min_price=0.29&max_price=2", "b a Z"},
        {"min_price=0.3&max_price=2.00", "b Z"},
        {"per_page=2&page=2", "Z d"},
        {"per_page=2&page=3", ""},
        {"per_page=100&page=9223372036854775807", ""}};
    for (const auto& [query, names] : expected) {
        const std::string came = co_await names_of(service, query);
        BOOST_TEST(came == names, query << " brought '" << came << "', not '" << names << "'");
    }
    const Response page = co_await service.get("/products?per_page=3&category=x");
    BOOST_TEST(boost::json::serialize(page.json().at("pagination")) ==
               R"({"page":1,"per_page":3,"total":2,"total_pages":1})");
    BOOST_TEST(page.field("Link").find("category=x") != std::string::npos);
    const Response refused = co_await service.get("/products?page=0&sort_by=version&x=1");
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.mistakes() == "page sort_by x");
    const Response strange = co_await service.get("/users?%ff=1&%C3%A9=1");
    BOOST_TEST(strange.mistakes() == "\\xff \xc3\xa9", "JSON is UTF-8, whatever the client sends");
    BOOST_TEST((co_await service.get("/users?email=a%40x")).status == 200);
}

DATABASE_CASE(says_every_mistake_of_a_body) {
    const Service service(url);
    const Response wrong =
        co_await service.post("/products", R"({"name":"","price":"1","colour":"red"})");
    BOOST_TEST(wrong.status == 422);
    BOOST_TEST(wrong.field("Content-Type") == "application/problem+json");
    BOOST_TEST(wrong.mistakes() == "#/colour #/name #/price",
               "the problem has " << wrong.body << ": a client mends all at once");
    BOOST_TEST((co_await service.post("/products", "{")).status == 400);
    co_await service.post("/products", tea_body);
    const Response bad = co_await service.send(verb::patch, "/products/1", R"({"stock":-1,"x":1})");
    BOOST_TEST(bad.mistakes() == "#/x #/stock");
    BOOST_TEST((co_await service.post("/products?x=1", tea_body)).mistakes() == "x");
}

DATABASE_CASE(nothing_unique_comes_twice) {
    const Service service(url);
    co_await service.post("/users", user_body("ann"));
    const Response same = co_await service.post("/users", user_body("ann"));
    BOOST_TEST(same.status == 409);
    BOOST_TEST(same.mistakes() == "#/username #/email");
    BOOST_TEST(same.body.find("UNIQUE") == std::string::npos,
               "the database's words: " << same.body);
    BOOST_TEST(same.body.find("users_") == std::string::npos,
               "the database's words: " << same.body);
    const Response email = co_await service.post("/users", R"({"username":"bob","email":"ann@x"})");
    BOOST_TEST(email.mistakes() == "#/email");
    const Response bob = co_await service.post("/users", user_body("bob"));
    const Response renamed =
        co_await service.send(verb::patch, bob.field("Location"), R"({"username":"ann"})");
    BOOST_TEST(renamed.status == 409);
    BOOST_TEST(renamed.mistakes() == "#/username");
    const Response itself = co_await service.send(verb::put, "/users/1", user_body("ann"));
    BOOST_TEST(itself.status == 200, "what a row has itself is not taken");
}

DATABASE_CASE(asks_writers_for_a_key) {
    const Service service(url);
    const auto post = [&](Headers headers) {
        headers.emplace_back("Content-Type", "application/json");
        return ask(service.application, verb::post, "/users", std::move(headers), user_body("a"));
    };
    const Response without = co_await post({});
    BOOST_TEST(without.status == 401);
    BOOST_TEST(!without.field("WWW-Authenticate").empty());
    BOOST_TEST((co_await post({{"X-API-Key", "lab_wrong"}})).status == 401);
    BOOST_TEST((co_await post({{"Authorization", "Basic x"}})).status == 401);
    BOOST_TEST((co_await post({{"Authorization", "bearer " + service.editor}})).status == 201);
    const auto remove = [&](std::string key) {
        return ask(service.application, verb::delete_, "/users/1", {{"X-API-Key", key}});
    };
    BOOST_TEST((co_await remove(service.editor)).status == 403);
    BOOST_TEST((co_await remove(service.admin)).status == 204);
    revoke_key(*open_database(url), "ed");
    BOOST_TEST((co_await post({{"X-API-Key", service.editor}})).status == 401,
               "a key that is revoked is nobody's at the next request");
}

DATABASE_CASE(keeps_hashes_of_keys_only) {
    const auto connection = open_database(url);
    const std::string key = add_key(*connection, {"ann", Role::admin});
    BOOST_TEST(key.starts_with("lab_"));
    BOOST_TEST(key.size() == 4 + 43, "256 bits in base64url are 43 characters");
    constexpr std::array columns = {Type::text};
    const auto rows = connection->select("SELECT hash FROM api_keys", {}, columns);
    BOOST_TEST(std::get<std::string>(rows.at(0).at(0)).find(key.substr(4)) == std::string::npos,
               "the database has the key itself: whoever reads it can write");
    BOOST_TEST(find_owner(*connection, key).value().name == "ann");
    BOOST_TEST(!find_owner(*connection, key + "x").has_value());
    BOOST_CHECK_THROW((void)add_key(*connection, {"ann", Role::editor}), std::invalid_argument);
    BOOST_CHECK_THROW((void)add_key(*connection, {"a b", Role::editor}), std::invalid_argument);
    BOOST_CHECK_THROW(revoke_key(*connection, "bob"), std::invalid_argument);
    BOOST_TEST(list_keys(*connection).size() == 1);
    co_return;
}

DATABASE_CASE(changes_a_row_only_as_it_was_read) {
    const Service service(url);
    co_await service.post("/products", tea_body);
    const auto patch = [&](std::string condition) {
        return service.send(verb::patch, "/products/1", R"({"stock":5})",
                            {{"If-Match", condition}});
    };
    BOOST_TEST((co_await patch("\"2\"")).status == 412);
    BOOST_TEST((co_await patch("W/\"1\"")).status == 412, "If-Match compares strongly");
    BOOST_TEST((co_await patch("\"9\", \"1\"")).status == 200);
    BOOST_TEST((co_await patch("*")).status == 200);
    const Response remove =
        co_await service.send(verb::delete_, "/products/1", {}, {{"If-Match", "\"1\""}});
    BOOST_TEST(remove.status == 412);
    const Response get = co_await service.get("/products/1", {{"If-None-Match", "W/\"3\""}});
    BOOST_TEST(get.status == 304);
    BOOST_TEST(get.field("ETag") == "\"3\"");
    BOOST_TEST(get.body.empty());
    BOOST_TEST((co_await service.get("/products/1", {{"If-None-Match", "\"2\""}})).status == 200);
    BOOST_TEST((co_await service.get("/products/1", {{"If-Match", "\"2\""}})).status == 412,
               "a client wants the version of which it has a part (RFC 9110, 13.1.1)");
    BOOST_TEST((co_await service.get("/products/1", {{"If-Match", "\"3\""}})).status == 200);
    BOOST_TEST(
        (co_await service.send(verb::patch, "/products/7", "{}", {{"If-Match", "*"}})).status ==
        404);
}

DATABASE_CASE(changes_no_row_that_the_client_knows_already) {
    const Service service(url);
    co_await service.post("/products", tea_body);
    for (const auto method : {verb::put, verb::patch, verb::delete_}) {
        for (const char* condition : {"*", "W/\"1\"", "\"9\", \"1\""}) {
            const Response refused = co_await service.send(method, "/products/1", tea_body,
                                                           {{"If-None-Match", condition}});
            BOOST_TEST(refused.status == 412, method << " If-None-Match: " << condition << " got "
                                                     << refused.status << " (RFC 9110, 13.1.2)");
        }
    }
    BOOST_TEST((co_await service.get("/products/1")).field("ETag") == "\"1\"");
    BOOST_TEST((co_await service.send(verb::patch, "/products/1", R"({"stock":5})",
                                      {{"If-None-Match", "\"2\""}}))
                   .status == 200);
    BOOST_TEST((co_await service.send(verb::put, "/products/7", tea_body, {{"If-None-Match", "*"}}))
                   .status == 404);
}

DATABASE_CASE(a_condition_that_is_empty_does_not_hold) {
    const Service service(url);
    co_await service.post("/products", tea_body);
    for (const auto method : {verb::put, verb::patch, verb::delete_}) {
        const Response refused =
            co_await service.send(method, "/products/1", tea_body, {{"If-Match", ""}});
        BOOST_TEST(refused.status == 412,
                   method << " with an If-Match that names no version got " << refused.status);
    }
    const Response get = co_await service.get("/products/1", {{"If-None-Match", ""}});
    BOOST_TEST(get.status == 200);
    BOOST_TEST(get.field("ETag") == "\"1\"");
}

DATABASE_CASE(of_many_changes_at_once_one_wins) {
    const Service service(url);
    co_await service.post("/products", tea_body);
    std::vector<asio::awaitable<Response>> requests;
    for (int i = 0; i < 20; ++i) {
        requests.push_back(service.send(verb::patch, "/products/1",
                                        R"({"stock":)" + std::to_string(i) + "}",
                                        {{"If-Match", "\"1\""}}));
    }
    const auto responses = co_await at_once(std::move(requests));
    BOOST_TEST(count_status(responses, 200) == 1, "all have read version 1: one may change it");
    BOOST_TEST(count_status(responses, 412) == 19);
    requests.clear();
    for (int i = 0; i < 20; ++i) {
        requests.push_back(service.send(verb::patch, "/products/1", R"({"category":null})"));
    }
    BOOST_TEST(count_status(co_await at_once(std::move(requests)), 200) == 20,
               "without a condition each is made, in turn");
    BOOST_TEST((co_await service.get("/products/1")).field("ETag") == "\"22\"");
}

DATABASE_CASE(an_idempotency_key_counts_once) {
    const Headers key = {{"Idempotency-Key", "k1"}};
    std::string first;
    {
        const Service service(url);
        const Response made = co_await service.post("/users", user_body("ann"), key);
        first = made.body;
        BOOST_TEST(made.status == 201);
        BOOST_TEST(made.field("Idempotent-Replayed").empty());
        const Response again = co_await service.post("/users", user_body("ann"), key);
        BOOST_TEST(again.status == 201, "the client has not heard of the first, and asks again");
        BOOST_TEST(again.body == first);
        BOOST_TEST(again.field("Idempotent-Replayed") == "true");
        BOOST_TEST(again.field("Location") == "/users/1");
        BOOST_TEST(again.field("ETag") == "\"1\"");
        BOOST_TEST((co_await service.post("/users", user_body("bob"), key)).status == 422);
        BOOST_TEST((co_await service.post("/products", tea_body, key)).status == 422);
        BOOST_TEST(
            (co_await service.post("/users", user_body("bob"), {{"Idempotency-Key", ""}})).status ==
            400);
        const Response other = co_await ask(service.application, verb::post, "/users",
                                            {{"X-API-Key", service.editor},
                                             {"Content-Type", "application/json"},
                                             {"Idempotency-Key", "k1"}},
                                            user_body("eve"));
        BOOST_TEST(other.status == 201, "another's key of the same text is another");
    }
    Database database({.url = url});
    const http::Application application = make_application(database, {});
    const std::string admin = add_key(*open_database(url), {"new", Role::admin});
    BOOST_TEST((co_await ask(application, verb::get, "/users/1")).body == first);
}

DATABASE_CASE(the_same_key_many_times_at_once_makes_one) {
    const Service service(url);
    std::vector<asio::awaitable<Response>> requests;
    for (int i = 0; i < 20; ++i) {
        requests.push_back(service.post("/products", tea_body, {{"Idempotency-Key", "at once"}}));
    }
    const auto responses = co_await at_once(std::move(requests));
    BOOST_TEST(count_status(responses, 201) == 20);
    BOOST_TEST(co_await count_of_rows(service, "products") == 1, "one key, one product");
    for (const Response& response : responses) {
        BOOST_TEST(response.body == responses.front().body);
    }
}

DATABASE_CASE(a_key_is_good_for_a_day) {
    const Service service(url);
    const Headers key = {{"Idempotency-Key", "old"}};
    co_await service.post("/products", tea_body, key);
    open_database(url)->execute("UPDATE idempotency_keys SET created_at = :1",
                                {"2000-01-01T00:00:00.000Z"});
    BOOST_TEST((co_await service.post("/products", tea_body, key)).field("Location") ==
               "/products/2");
}

DATABASE_CASE(refuses_what_it_does_not_serve) {
    http::Limits limits;
    limits.max_body = 100;
    const Service service(url, {.limits = limits});
    const Response path = co_await service.get("/nothing");
    BOOST_TEST(path.status == 404);
    BOOST_TEST(path.field("Content-Type") == "application/problem+json");
    BOOST_TEST(path.json().at("status").as_int64() == 404);
    for (const char* target :
         {"/users/0", "/users/x", "/users/01", "/users/99999999999999999999"}) {
        BOOST_TEST((co_await service.get(target)).status == 404, target);
    }
    const Response method = co_await service.send(verb::delete_, "/users");
    BOOST_TEST(method.status == 405);
    BOOST_TEST(method.field("Allow").find("POST") != std::string::npos);
    const Response options = co_await ask(service.application, verb::options, "/users/1");
    BOOST_TEST(options.status == 204);
    BOOST_TEST(options.field("Allow").find("PATCH") != std::string::npos);
    const Response head = co_await ask(service.application, verb::head, "/users");
    BOOST_TEST(head.status == 200);
    const auto post = [&](std::string type, std::string body) {
        return ask(service.application, verb::post, "/users",
                   {{"X-API-Key", service.admin}, {"Content-Type", std::move(type)}},
                   std::move(body));
    };
    BOOST_TEST((co_await post("application/x-www-form-urlencoded", "a=%")).status == 415);
    BOOST_TEST((co_await post("application/merge-patch+json", "{}")).status == 415);
    BOOST_TEST((co_await post("Application/JSON ; charset=utf-8", user_body("a"))).status == 201);
    BOOST_TEST((co_await post("application/json", std::string(101, ' '))).status == 413);
    BOOST_TEST((co_await service.get("/users?a=%")).status == 400);
    BOOST_TEST((co_await service.get("/users?username=%00")).status == 400);
}

DATABASE_CASE(every_response_is_one_that_the_document_promises) {
    http::Limits limits;
    limits.max_body = 1000;
    const Service service(url, {.limits = limits});
    const auto document =
        boost::json::parse((co_await service.get("/openapi.json")).body).as_object();
    const auto promised = [&](const Route& route, unsigned status) {
        std::string method(to_string(route.operation->method));
        std::ranges::transform(method, method.begin(),
                               [](char c) { return static_cast<char>(std::tolower(c)); });
        return document.at("paths")
            .at(route.path)
            .at(method)
            .at("responses")
            .as_object()
            .contains(std::to_string(status));
    };
    for (const Route& route : routes()) {
        const bool of_users = route.kind == &users;
        std::string target = route.path;
        if (route.operation->is_of_one) {
            target.replace(target.find("{id}"), 4, "1");
        }
        for (const std::string& body : {of_users ? user_body("doc") : tea_body, std::string("{"),
                                        std::string("[]"), std::string(1001, ' ')}) {
            for (const std::string query : {"", "?nonsense=1"}) {
                const Response response =
                    co_await service.send(route.operation->method, target + query, body);
                BOOST_TEST(promised(route, response.status),
                           route.path << " responded " << response.status << ", undocumented");
            }
        }
    }
}

DATABASE_CASE(tells_health_from_readiness) {
    const Service service(url);
    const Response health = co_await service.get("/health");
    BOOST_TEST(text_of(health.json(), "status") == "healthy");
    BOOST_TEST((co_await service.get("/ready")).status == 200);
    BOOST_TEST((co_await service.get("/docs")).field("Content-Type") == "text/html; charset=utf-8");
}

DATABASE_CASE(gives_each_request_an_id_and_a_line) {
    const Service service(url, {.origin = "https://shop.example"});
    const Log log;
    const Response given = co_await service.get("/users", {{"X-Request-Id", "a.b-C_1"}});
    BOOST_TEST(given.field("X-Request-Id") == "a.b-C_1");
    BOOST_TEST(given.field("Access-Control-Allow-Origin") == "https://shop.example");
    BOOST_TEST(given.field("Access-Control-Expose-Headers") ==
               "ETag, Link, Location, X-Request-Id");
    const Response made =
        co_await service.post("/users", user_body("ann"), {{"X-Request-Id", "a b"}});
    BOOST_TEST(is_request_id(made.field("X-Request-Id")));
    BOOST_TEST(made.field("X-Request-Id") != "a b");
    BOOST_TEST(log.text().find("GET /users 200 ") != std::string::npos);
    BOOST_TEST(log.text().find("id=a.b-C_1 key=-") != std::string::npos);
    BOOST_TEST(log.text().find("key=ann") != std::string::npos);
    BOOST_TEST(log.text().find(service.admin) == std::string::npos, "a key is never logged");
    BOOST_TEST(log.text().find("ann@x") == std::string::npos, "values are never logged");
}

BOOST_AUTO_TEST_CASE(all_of_it_holds_over_postgresql) {
    run_async_case(run_all_over_postgresql, 300s);
}

BOOST_AUTO_TEST_SUITE_END()
