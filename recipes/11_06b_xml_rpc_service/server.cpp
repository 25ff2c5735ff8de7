#include "server.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "11_10_tls/tls.hpp"
#include "common/cli/listening.hpp"

namespace cookbook::xml_rpc_service {
namespace {

asio::awaitable<void> listen_for_calls(HostPort address, Service& service,
                                       http::MakeStream make_stream) {
    return listen_and_serve(address, [&service, make_stream](tcp::acceptor acceptor) {
        return service.serve(std::move(acceptor), make_stream);
    });
}

asio::awaitable<void> serve_http(ServerSettings settings) {
    Service service(service_options(settings));
    if (settings.users) {
        spdlog::warn("passwords go in the clear: there is no --cert");
    }
    co_await listen_for_calls(settings.address, service, http::plain_stream);
}

asio::awaitable<void> serve_https(ServerSettings settings) {
    tls::ServerCredentials credentials(settings.tls);
    Service service(service_options(settings));
    co_await tls::reload_on_hangup(
        credentials, listen_for_calls(settings.address, service, tls::over_tls(credentials)));
}

}  // namespace

asio::awaitable<void> serve(ServerSettings settings) {
    return settings.tls.cert.empty() ? serve_http(std::move(settings))
                                     : serve_https(std::move(settings));
}

}  // namespace cookbook::xml_rpc_service
