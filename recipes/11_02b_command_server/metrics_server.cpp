#include "metrics_server.hpp"

#include <utility>

#include "common/http/server.hpp"
#include "exposition.hpp"

namespace cookbook::command_server {
namespace {

http::Response respond_to_scrape(const http::Request& request,
                                 const std::function<Metrics()>& read) {
    if (request.path != "/metrics") {
        return http::error_response(http::status::not_found, "Only /metrics is here.");
    }
    if (request.method != http::verb::get && request.method != http::verb::head) {
        return std::move(
            http::error_response(http::status::method_not_allowed, "Metrics can only be read.")
                .add(http::field::allow, "GET, HEAD"));
    }
    http::Response response(http::status::ok, exposition_type);
    response.data() = exposition(read());
    return response;
}

}  // namespace

asio::awaitable<void> serve_metrics(tcp::acceptor acceptor, Limits limits,
                                    std::function<Metrics()> read) {
    return http::serve(std::move(acceptor), {limits},
                       [read = std::move(read)](http::Request& request) {
                           return respond_to_scrape(request, read);
                       });
}

tcp::acceptor move_to(const asio::any_io_executor& executor, tcp::acceptor acceptor) {
    const tcp protocol = acceptor.local_endpoint().protocol();
    return {executor, protocol, acceptor.release()};
}

}  // namespace cookbook::command_server
