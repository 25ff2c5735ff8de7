#include "demo.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "client.hpp"
#include "common/async/task_group.hpp"
#include "rest_interface.hpp"

namespace cookbook::rest_interface {

asio::awaitable<void> demo() {
    const auto executor = co_await this_coro::executor;
    tcp::acceptor acceptor = listen(executor, {});
    const HostPort address{.port = acceptor.local_endpoint().port()};
    TaskGroup server(executor);
    server.spawn(serve(std::move(acceptor), {}));
    for (const std::string target :
         {"/hello?name=Guido", "/hello?name=%3Cscript%3E", "/localtime"}) {
        fmt::print("GET {}\n", target);
        const std::string body = co_await fetch(address, target);
        fmt::print("{}\n\n", body);
    }
    server.cancel();
    co_await server.join();
}

}  // namespace cookbook::rest_interface
