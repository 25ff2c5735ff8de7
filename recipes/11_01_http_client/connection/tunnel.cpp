#include "tunnel.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <system_error>

#include "11_01_http_client/message/basic_credentials.hpp"
#include "11_01_http_client/message/response.hpp"
#include "11_01_http_client/wire/response_parser.hpp"
#include "common/net/address.hpp"

namespace cookbook::http_client {
namespace {

/// The proxy learns where the tunnel is to lead, and nothing of what is to be sent through it.
std::string connect_request(const Origin& origin, const Proxy& proxy) {
    const std::string authority = authority_form(origin);
    std::string request = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n";
    if (proxy.credentials) {
        request += "Proxy-Authorization: " + basic_credentials(*proxy.credentials) + "\r\n";
    }
    return request + "\r\n";
}

/// Throws Error or what the stream reports.
asio::awaitable<void> ask_for_tunnel(Stream& stream, std::string request, Response& response) {
    const asio::const_buffer bytes = asio::buffer(request);
    co_await stream.write({&bytes, 1});  // an error shows again at the next read
    ResponseParser parser(response, InResponseTo::connect);
    std::array<char, std::size_t{16} * 1024> buffer;
    std::size_t received = 0;
    using Progress = ResponseParser::Progress;
    Progress progress = Progress::needs_more;
    while (progress == Progress::needs_more) {
        const auto [error, size] = co_await stream.read_some(asio::buffer(buffer));
        if (error && error != asio::error::eof) {
            throw boost::system::system_error(error);
        }
        received = size;
        progress = error ? parser.finish() : parser.parse({buffer.data(), size});
    }
    if (progress == Progress::failed) {
        throw boost::system::system_error(parser.error());
    }
    if (response.status / 100 == 2 && parser.used() < received) {
        throw boost::system::system_error(Error::proxy_said_more);
    }
}

}  // namespace

asio::awaitable<void> open_tunnel(Stream& stream, Origin origin, Proxy proxy) {
    const std::string name = "proxy " + to_string(HostPort{proxy.origin.host, proxy.origin.port});
    Response response;
    try {
        co_await ask_for_tunnel(stream, connect_request(origin, proxy), response);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            throw;
        }
        throw std::system_error(error.code(), name);
    }
    if (response.status / 100 != 2) {
        const std::string status = std::to_string(response.status);
        throw std::system_error(make_error_code(Error::proxy_refused),
                                name + ": " + status + " " + std::string(response.reason()));
    }
}

}  // namespace cookbook::http_client
