#include "proxy.hpp"

#include <fmt/format.h>

#include <system_error>

#include "11_01_http_client/connection/exchange.hpp"
#include "11_01_http_client/delivery.hpp"
#include "11_01_http_client/message/error.hpp"
#include "11_01_http_client/message/reference.hpp"
#include "11_01_http_client/message/request.hpp"
#include "11_01_http_client/request_head.hpp"
#include "common/async/describe.hpp"
#include "xml/writer.hpp"

namespace cookbook::xml_rpc {
namespace {

using boost::system::system_error;

http_client::Url parse_proxy_url(std::string_view text) {
    auto url = http_client::parse_url(text);
    if (!url) {
        throw std::invalid_argument(url.error().message());
    }
    if (http_client::split_reference(text).path.empty()) {
        url->path = "/RPC2";
    }
    return *std::move(url);
}

/// Returns whether the connection can carry another call.
asio::awaitable<bool> exchange_on(http_client::Connection& connection,
                                  const http_client::OutgoingRequest& outgoing,
                                  http_client::Response& response, const ProxyOptions& options) {
    http_client::Delivery delivery(response, nullptr, {true, options.max_response, false});
    bool answered = false;
    const bool keep_alive = co_await http_client::exchange(connection, outgoing, response, delivery,
                                                           options.read_timeout, answered);
    delivery.finish();
    co_return keep_alive&& connection.received().empty();
}

/// Adds to a failure which call it was. A cancellation passes as it is.
template <typename SystemError>
[[noreturn]] void rethrow_as_request_error(const SystemError& error, const std::string& url) {
    if (error.code() == std::errc::operation_canceled) {
        throw error;  // NOLINT(misc-throw-by-value-catch-by-reference)
    }
    throw http_client::RequestError("POST " + url + ": " + describe(error), error.code());
}

}  // namespace

Proxy::Proxy(std::string_view url, ProxyOptions options)
    : url_(parse_proxy_url(url)), options_(std::move(options)) {
    if (url_.origin.is_https) {
        options_.tls.handshake_timeout = options_.connect_timeout;  // nothing else is to cut it
        trust_.emplace(options_.tls);
    }
}

http_client::OutgoingRequest Proxy::compose(std::string document) const {
    const http_client::Fields defaults = {{"User-Agent", "network-cookbook/1"}};
    http_client::Request request = {.method = "POST", .credentials = options_.credentials};
    request.body = http_client::Body(std::move(document), "text/xml");
    const http_client::Hop hop = {.method = "POST", .url = url_};
    std::string head = compose_head(request, hop, defaults, "", std::nullopt);
    return {.head = std::move(head), .body = std::move(request.body)};
}

/// The body of the response. On an idle connection that turns out to have ended, nothing may have
/// been taken: then the call goes out on a new one. Once a byte is written, nobody knows whether
/// the method was called.
asio::awaitable<std::string> Proxy::post(std::string document) {
    const http_client::OutgoingRequest outgoing = compose(std::move(document));
    for (;;) {
        std::unique_ptr<http_client::Connection> connection = std::exchange(idle_, nullptr);
        const bool was_idle = connection && connection->is_quiet();
        if (!was_idle) {
            connection = co_await http_client::open_connection(
                url_.origin, {.timeout = options_.connect_timeout}, trust_ ? &*trust_ : nullptr);
        }
        const std::uint64_t before = connection->written();
        http_client::Response response;
        bool is_reusable = false;
        try {
            is_reusable = co_await exchange_on(*connection, outgoing, response, options_);
        } catch (const system_error& error) {
            if (!was_idle || connection->written() != before ||
                !http_client::is_lost(error.code())) {
                throw;
            }
            continue;
        }
        if (is_reusable) {
            idle_ = std::move(connection);
        }
        if (response.status != 200) {
            throw http_client::RequestError(
                fmt::format("POST {}: {} {}", url(), response.status, response.reason()), {});
        }
        co_return std::move(response.content);
    }
}

asio::awaitable<std::string> Proxy::exchange_documents(std::string document) {
    try {
        co_return co_await post(std::move(document));
    } catch (const system_error& error) {
        rethrow_as_request_error(error, url());
    } catch (const std::system_error& error) {
        rethrow_as_request_error(error, url());
    }
}

asio::awaitable<Value> Proxy::call_with(std::string method, Array params) {
    std::string document;
    write_call(document, method, params);
    const std::string response = co_await exchange_documents(std::move(document));
    try {
        Reader reader(options_.limits);
        co_return result_of(reader.read(response));
    } catch (const Refused& refused) {
        throw http_client::RequestError(
            "POST " + url() + ": the response is not XML-RPC: " + refused.what(), {});
    }
}

Value result_of(Message message) {
    // [step 5] A fault is thrown. Anything else is a result only if it is one value.
    if (const auto* fault = std::get_if<Fault>(&message)) {
        throw Fault(*fault);
    }
    auto* results = std::get_if<Results>(&message);
    if (results == nullptr || results->values.size() != 1) {
        throw Refused(not_a_call, "not one value");
    }
    return std::move(results->values.front());
    // [end]
}

}  // namespace cookbook::xml_rpc
