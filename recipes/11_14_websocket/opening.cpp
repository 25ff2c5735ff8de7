#include "opening.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <array>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <stdexcept>
#include <utility>

#include "11_01_http_client/message/basic_credentials.hpp"
#include "11_01_http_client/message/url.hpp"
#include "11_10_tls/tls.hpp"
#include "common/async/within.hpp"
#include "common/http/grammar.hpp"
#include "common/net/tcp.hpp"
#include "handshake.hpp"

namespace cookbook::websocket {
namespace {

namespace beast_http = boost::beast::http;
using ResponseHead = beast_http::response_parser<beast_http::empty_body>;

/// 16 random bytes in base64: new for each connection, so that no cache has the response.
std::string make_key() {
    std::array<unsigned char, 16> random;
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
        throw std::runtime_error("no random bytes");
    }
    return http_client::to_base64({reinterpret_cast<const char*>(random.data()), random.size()});
}

std::string request_for(const Target& target, const OpeningOptions& options,
                        const std::string& key) {
    const std::string host = http_client::host_field(
        {.is_https = target.is_tls, .host = target.server.host, .port = target.server.port});
    std::string request = fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: {}\r\nSec-WebSocket-Version: 13\r\n",
        target.path, host, key);
    if (!options.origin.empty()) {
        request += "Origin: " + options.origin + "\r\n";
    }
    if (options.compression) {
        request.append("Sec-WebSocket-Extensions: ").append(offer).append("\r\n");
    }
    return request + "\r\n";
}

std::string_view value_of(const ResponseHead& head, beast_http::field name) {
    const auto value = head.get()[name];
    return {value.data(), value.size()};
}

/// Whether the server has agreed, and to what. Throws runtime_error if it has not.
std::optional<Compression> check(const ResponseHead& head, const OpeningOptions& options,
                                 const std::string& key) {
    using beast_http::field;
    if (head.get().result_int() != 101) {
        const auto reason = head.get().reason();
        throw std::runtime_error(fmt::format("the server refused the handshake: {} {}",
                                             head.get().result_int(),
                                             std::string_view(reason.data(), reason.size())));
    }
    if (!http::grammar::same_name(value_of(head, field::upgrade), "websocket") ||
        !beast_http::token_list(value_of(head, field::connection)).exists("upgrade")) {
        throw std::runtime_error(
            "the server does not speak WebSocket: its Upgrade or Connection is wrong");
    }
    if (value_of(head, field::sec_websocket_accept) != accept_key(key)) {
        throw std::runtime_error(
            "the server does not speak WebSocket: its Sec-WebSocket-Accept is wrong");
    }
    if (head.get().count(field::sec_websocket_protocol) > 0) {
        throw std::runtime_error("the server has chosen a subprotocol, and none was offered");
    }
    if (head.get().count(field::sec_websocket_extensions) == 0) {
        return {};
    }
    const auto agreed = options.compression
                            ? check_acceptance(value_of(head, field::sec_websocket_extensions))
                            : std::nullopt;
    if (!agreed) {
        throw std::runtime_error("the server has agreed to an extension that was not offered");
    }
    return agreed;
}

/// Reads until the head is whole; returns what came behind it.
asio::awaitable<std::string> read_head(Stream& stream, ResponseHead& head) {
    std::string received;
    std::array<char, 4096> buffer;
    while (!head.is_header_done()) {
        const auto [read_error, size] = co_await stream.read_some(asio::buffer(buffer));
        if (read_error) {
            throw std::runtime_error("the server left without a response");
        }
        received.append(buffer.data(), size);
        error_code error;
        received.erase(0, head.put(asio::buffer(received), error));
        if (error && error != beast_http::error::need_more) {
            throw std::runtime_error("the server's response is not HTTP: " + error.message());
        }
    }
    co_return received;
}

asio::awaitable<Opened> shake_hands(Stream& stream, Target target, OpeningOptions options) {
    const std::string key = make_key();
    const std::string request = request_for(target, options, key);
    const error_code write_error = co_await write_all(stream, asio::buffer(request));
    if (write_error) {
        throw boost::system::system_error(write_error, "send the handshake");
    }
    ResponseHead head;
    head.skip(true);
    head.header_limit(16 << 10);
    std::string rest = co_await read_head(stream, head);
    co_return Opened{.role = Role::client,
                     .compression = check(head, options, key),
                     .unsent = {},
                     .received = std::move(rest)};
}

asio::awaitable<std::unique_ptr<Stream>> connect_to(Target target, tls::ClientOptions options) {
    if (target.is_tls) {
        const tls::ClientTrust trust(std::move(options));
        co_return co_await tls::connect_tls(target.server, target.server.host, trust);
    }
    tcp::socket socket = co_await connect(target.server);
    co_return std::make_unique<SocketStream>(std::move(socket));
}

}  // namespace

Target parse_target(std::string_view url) {
    const std::size_t colon = url.find(':');
    const std::string_view scheme = url.substr(0, colon);
    const bool is_tls = http::grammar::same_name(scheme, "wss");
    if (colon == url.npos || !(is_tls || http::grammar::same_name(scheme, "ws"))) {
        throw std::invalid_argument("a WebSocket's URL begins with ws:// or wss://");
    }
    const auto parsed =
        http_client::parse_url((is_tls ? "https" : "http") + std::string(url.substr(colon)));
    if (!parsed) {
        throw std::invalid_argument(parsed.error().message());
    }
    if (parsed->credentials || parsed->fragment) {
        throw std::invalid_argument("a WebSocket's URL has neither a user nor a fragment");
    }
    return {is_tls, {parsed->origin.host, parsed->origin.port}, http_client::origin_form(*parsed)};
}

asio::awaitable<Link> open(Target target, OpeningOptions options) {
    Link link;
    link.stream = co_await connect_to(target, options.tls);
    const auto timeout = options.timeout;
    link.opened =
        co_await within(timeout, shake_hands(*link.stream, std::move(target), std::move(options)));
    co_return link;
}

}  // namespace cookbook::websocket
