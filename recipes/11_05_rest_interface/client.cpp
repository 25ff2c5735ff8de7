#include "client.hpp"

#include <fmt/format.h>

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <stdexcept>
#include <system_error>

#include "common/async/within.hpp"

namespace cookbook::rest_interface {
namespace {

namespace beast = boost::beast;

asio::awaitable<std::string> get(HostPort server, std::string target) {
    constexpr std::uint64_t max_body = 1 << 20;
    tcp::socket socket = co_await connect(server);
    beast::http::request<beast::http::empty_body> request(http::verb::get, target, 11);
    request.set(http::field::host, to_string(server));
    request.set(http::field::connection, "close");
    co_await beast::http::async_write(socket, request, use_awaitable);

    beast::flat_buffer buffer;
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(max_body);
    co_await beast::http::async_read(socket, buffer, parser, use_awaitable);
    if (parser.get().result() != http::status::ok) {
        throw std::runtime_error(fmt::format("GET {}: {} {}", target, parser.get().result_int(),
                                             std::string(parser.get().reason())));
    }
    co_return std::move(parser.get().body());
}

}  // namespace

asio::awaitable<std::string> fetch(HostPort server, std::string target,
                                   asio::steady_timer::duration limit) {
    try {
        co_return co_await within(limit, get(server, target));
    } catch (const boost::system::system_error& failure) {
        throw std::system_error(failure.code(), "GET " + target);
    }
}

std::string hello_target(const std::string& name) {
    return "/hello?name=" + boost::urls::encode(name, boost::urls::unreserved_chars);
}

}  // namespace cookbook::rest_interface
