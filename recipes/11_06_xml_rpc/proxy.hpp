// Calling methods elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "11_01_http_client/connection/connection.hpp"
#include "11_01_http_client/connection/request_writer.hpp"
#include "11_10_tls/trust.hpp"
#include "fault.hpp"
#include "value/conversion.hpp"
#include "xml/reader.hpp"

namespace cookbook::xml_rpc {

struct ProxyOptions {
    /// Connecting, with the look-up and TLS.
    asio::steady_timer::duration connect_timeout = 10s;
    /// The longest that the server may neither take nor send anything.
    asio::steady_timer::duration read_timeout = 30s;
    std::uint64_t max_response = 16 << 20;
    ReadLimits limits = {.max_depth = 1000, .max_values = 16 << 20};
    tls::ClientOptions tls = {};
    std::optional<http_client::Credentials> credentials = {};  // instead of those of the URL
};

/// A result of another type than the caller asked for: "add: the result is string, not int".
class UnexpectedType : public std::runtime_error {
    using runtime_error::runtime_error;
};

/// A server and its methods. It keeps one connection from call to call; calls that run at once, on
/// one thread or strand, have further ones.
///
///     Proxy proxy("http://localhost:15000");
///     const int sum = co_await proxy.call<int>("add", 2, 3);
class Proxy {
public:
    /// A URL without a path means /RPC2. Throws std::invalid_argument if it is not one of http or
    /// https, and what reading the files of options.tls throws.
    explicit Proxy(std::string_view url, ProxyOptions options = {});

    /// Calls a method; the arguments are Values, or of types that have a Conversion. Throws Fault
    /// if the server says so; UnexpectedType unless the result is a Result (void: any); Unwritable,
    /// before anything is sent; http_client::RequestError, "POST URL: reason", if no result comes.
    /// The proxy must outlive the call.
    template <typename Result = Value, typename... Arguments>
    asio::awaitable<Result> call(std::string method, Arguments... arguments) {
        Array params;
        (params.push_back(to_value(std::move(arguments))), ...);
        Value value = co_await call_with(method, std::move(params));
        if constexpr (!std::is_void_v<Result>) {
            if (!Conversion<Result>::accepts(value)) {
                throw UnexpectedType(method + ": the result is " + std::string(value.type()) +
                                     ", not " + std::string(Conversion<Result>::name()));
            }
            co_return Conversion<Result>::take(value);
        }
    }

    /// The same for arguments that are values already.
    asio::awaitable<Value> call_with(std::string method, Array params);

    /// Without user and password.
    [[nodiscard]] std::string url() const { return to_string(url_); }

private:
    template <typename T>
    static Value to_value(T argument) {
        if constexpr (std::convertible_to<T, Value>) {
            return argument;
        } else {
            return Conversion<T>::make(std::move(argument));
        }
    }

    [[nodiscard]] http_client::OutgoingRequest compose(std::string document) const;
    asio::awaitable<std::string> post(std::string document);
    asio::awaitable<std::string> exchange_documents(std::string document);

    http_client::Url url_;
    ProxyOptions options_;
    std::optional<tls::ClientTrust> trust_;
    std::unique_ptr<http_client::Connection> idle_;
};

/// What a response says. Throws Fault if it is one, Refused if it has not just one value.
[[nodiscard]] Value result_of(Message message);

}  // namespace cookbook::xml_rpc
