#include "demo.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "client.hpp"
#include "common/cli/demo.hpp"
#include "rest_interface.hpp"

namespace cookbook::rest_interface {
namespace {

asio::awaitable<void> show(HostPort server) {
    for (const std::string target :
         {"/hello?name=Guido", "/hello?name=%3Cscript%3E", "/localtime"}) {
        fmt::print("GET {}\n", target);
        const std::string body = co_await fetch(server, target);
        fmt::print("{}\n\n", body);
    }
}

}  // namespace

asio::awaitable<void> demo() {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {});
    const HostPort address{.port = acceptor.local_endpoint().port()};
    co_await show_beside(serve(std::move(acceptor), {}), show(address));
}

}  // namespace cookbook::rest_interface
