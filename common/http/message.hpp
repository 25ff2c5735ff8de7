// Requests and responses, as an application sees them. No I/O.
#pragma once

#include <any>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include "common/net/stream.hpp"

namespace cookbook::http {

using boost::beast::http::field;
using boost::beast::http::status;
using boost::beast::http::to_string;
using boost::beast::http::verb;

/// One line of a message's head. `id` is field::unknown for a name that Beast does not know.
struct Field {
    field id;
    std::string_view name;
    std::string_view value;
};

/// Why a request cannot be served: a status, and what() as the text of the response. Thrown, or
/// returned in a Result: what any stranger can cause should not cost an exception.
class Error : public std::runtime_error {
public:
    explicit Error(http::status error_status = http::status::internal_server_error,
                   const std::string& what = "Internal Server Error")
        : runtime_error(what), status(error_status) {}
    http::status status;
};

template <typename T>
using Result = boost::system::result<T, Error>;

/// How Result::value() throws its Error.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location&);

/// The Error of a request that is malformed: 400.
[[nodiscard]] Error bad_request(const std::string& what);

/// Where the data of a request's body comes from.
class BodySource {
public:
    virtual ~BodySource() = default;
    /// More data, empty at the end; valid until the next call. `max_body` as in Request.
    virtual asio::awaitable<std::string_view> read_some(std::uint64_t max_body) = 0;
    /// What is left of the body, if it can be had at once.
    virtual std::optional<std::string_view> read_whole(std::uint64_t max_body) = 0;
};

/// A request, its head checked by the rules of RFC 9112. What it points to lives until the
/// application has returned its response.
class Request {
public:
    http::verb method = http::verb::get;  // verb::unknown: see method_name
    std::string_view method_name = "GET";
    std::string_view target = "/";  // as it came
    std::string_view path = "/";    // its parts, still percent-encoded; "*" is a path, too
    std::string_view query;
    std::string_view host;  // of an absolute target, otherwise of the Host field
    unsigned version = 11;  // or 10; a later HTTP/1.x is read as 1.1
    std::span<const Field> fields;
    std::optional<std::uint64_t> content_length;
    tcp::endpoint peer;
    std::any* session = nullptr;  // the application's own, one per connection; empty at its start
    std::uint64_t max_body = 1 << 20;
    BodySource* source = nullptr;

    /// The value of the first field of that name; empty if there is none.
    [[nodiscard]] std::string_view operator[](field name) const noexcept;

    /// More data of the body, empty at its end; valid until the next call. Throws Error: 413 once
    /// the body is known to exceed `max_body`, which an application may set for each request; 408
    /// if it comes too slowly; 400 if it breaks off or is malformed.
    asio::awaitable<std::string_view> read_some();

    /// Reads the whole body. Throws as read_some() does.
    asio::awaitable<std::string_view> read_body();

    /// The whole body, once read_body() has returned.
    [[nodiscard]] std::string_view body() const noexcept { return body_; }

private:
    friend class RequestReader;
    /// Makes it a new, empty request of the same connection; memory is kept.
    void reset();

    bool has_body_ = false;
    std::string_view body_;
    std::string storage_;
};

/// Takes the data of a response's body.
class BodySink {
public:
    virtual ~BodySink() = default;
    /// Sends `data` now. Returns when the network has taken it; throws if the peer is gone.
    virtual asio::awaitable<void> write(std::string_view data) = 0;
};

/// A body that is written as it comes: chunked, or of just `length` bytes if that is known.
struct StreamedBody {
    std::function<asio::awaitable<void>(BodySink&)> write;
    std::optional<std::uint64_t> length;
};

/// Takes the connection over, before anything is sent in response: another protocol begins (RFC
/// 9110, 7.8). Bytes that came after the request are the first to be read. The request stays valid;
/// the connection ends when this returns. The server's order to end arrives at once, as a `total`
/// cancellation of what is under way; drain_timeout later the connection is cut. A peer that
/// neither sends nor takes anything for idle_timeout is disconnected.
using Upgrade = std::function<asio::awaitable<void>(Stream&)>;

/// What an application responds. Date, Content-Length and Transfer-Encoding are the server's to
/// set, and so is whether Connection says that it ends or stays.
class Response {
public:
    explicit Response(http::status with_status = http::status::ok,
                      std::string_view content_type = {});
    Response(Response&&) noexcept = default;
    Response& operator=(Response&&) noexcept = default;
    ~Response();

    /// Adds a field. Throws std::invalid_argument if name or value would break the message.
    Response& add(std::string_view name, std::string_view value);
    Response& add(field name, std::string_view value);

    /// The fields as they go out: "Name: value\r\n" for each.
    [[nodiscard]] const std::string& fields() const noexcept { return fields_; }

    /// The body of a response that has it whole. Throws std::bad_variant_access for the others.
    [[nodiscard]] std::string& data() { return std::get<std::string>(body); }
    [[nodiscard]] const std::string& data() const { return std::get<std::string>(body); }

    http::status status;
    std::variant<std::string, StreamedBody, Upgrade> body;
    bool close = false;  // ends the connection, whatever of the request's body is still to come

private:
    Response& append(std::string_view name, std::string_view value);

    std::string fields_;
};

/// A response of plain text, as an Error becomes one.
[[nodiscard]] Response error_response(http::status status, std::string_view what);
[[nodiscard]] Response error_response(const Error& error);

}  // namespace cookbook::http
