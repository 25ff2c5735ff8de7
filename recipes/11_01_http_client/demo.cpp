#include "demo.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/async/task_group.hpp"
#include "common/net/tcp.hpp"
#include "http_client.hpp"
#include "httpbin/httpbin.hpp"

namespace cookbook::http_client {
namespace {

void print(const std::string& request, const Response& response, const std::string& more) {
    fmt::print("{:<33} {} {}, {}\n", request, response.status, response.reason(), more);
}

std::string member(const Response& response, const char* name) {
    return fmt::format("{}: {}", name, boost::json::serialize(response.json().at(name)));
}

asio::awaitable<void> show(std::string server) {
    Session session;
    Response response = co_await session.get(server + "/get", {.params = {{"name", "Guido"}}});
    print("GET /get, a parameter", response, member(response, "args"));

    const std::vector<NameValue> form = {{"language", "C++"}};
    response = co_await session.post(server + "/post", Body::form(form));
    print("POST /post, a form", response, member(response, "form"));

    response = co_await session.get(server + "/redirect/2");
    print("GET /redirect/2", response, fmt::format("after {} redirects", response.history.size()));

    response = co_await session.get(server + "/cookies/set?theme=dark");
    print("GET /cookies/set?theme=dark", response, member(response, "cookies"));

    response = co_await session.get(server + "/gzip");
    print("GET /gzip", response, member(response, "gzipped"));

    response = co_await session.get(server + "/basic-auth/guido/secret",
                                    {.credentials = Credentials{"guido", "secret"}});
    print("GET /basic-auth, user and password", response, member(response, "authenticated"));

    Session careful({.max_redirects = 1});
    try {
        co_await careful.get(server + "/redirect/2");
    } catch (const std::exception& failure) {
        fmt::print("{}\n", failure.what());
    }
}

}  // namespace

asio::awaitable<void> demo() {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {});
    const std::string address = cookbook::to_string(acceptor.local_endpoint());
    fmt::print("listening on {}\n", address);
    TaskGroup group(acceptor.get_executor());
    group.spawn(serve_httpbin(std::move(acceptor), {}));
    group.spawn(show("http://" + address));
    co_await group.wait_for_fewer_than(2);  // until the client has shown all
    group.cancel();
    co_await group.join();
}

}  // namespace cookbook::http_client
