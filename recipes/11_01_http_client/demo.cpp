#include "demo.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/cli/demo.hpp"
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
    co_await show_web_server(
        [](tcp::acceptor acceptor) { return serve_httpbin(std::move(acceptor), {}); }, show);
}

}  // namespace cookbook::http_client
