// HTTP as an application sees it: a function from Request to Response, which knows no socket.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/async/asio.hpp"

namespace cookbook {

namespace beast = boost::beast;
namespace http = boost::beast::http;

class HttpStream;

/// One line of a message's head. `id` is http::field::unknown for a name that Beast does not know.
struct HttpField {
    http::field id;
    std::string_view name;
    std::string_view value;
};

/// Ends a request with this status; `what()` becomes the answer's text.
class HttpError : public std::runtime_error {
public:
    HttpError(http::status error_status, const std::string& what)
        : runtime_error(what), status(error_status) {}
    http::status status;
};

/// Ends a request that is malformed: throws HttpError 400.
[[noreturn]] void refuse(const std::string& what);

/// Where the parts of a request's body come from.
class BodySource {
public:
    virtual ~BodySource() = default;
    /// The next part, empty at the end; valid until the next call. `limit` as in Request.
    virtual asio::awaitable<std::string_view> read_some(std::uint64_t limit) = 0;
    /// What is left of the body, where it can be had at once.
    virtual std::optional<std::string_view> read_whole(std::uint64_t limit) = 0;
};

/// A request, its head checked by the rules of RFC 9112. What it points to lives until the
/// application has returned its response.
class Request {
public:
    http::verb method = http::verb::get;  // http::verb::unknown: see method_name
    std::string_view method_name = "GET";
    std::string_view target = "/";  // as it came
    std::string_view path = "/";    // its parts, still percent-encoded; "*" is a path, too
    std::string_view query;
    std::string_view host;  // of an absolute target, otherwise of the Host field
    unsigned version = 11;  // or 10; a later HTTP/1.x is read as 1.1
    std::span<const HttpField> fields;
    tcp::endpoint peer;
    std::uint64_t body_limit = 1 << 20;
    BodySource* source = nullptr;

    /// The first field of that name; empty where there is none.
    [[nodiscard]] std::string_view operator[](http::field name) const noexcept;

    /// The next part of the body, empty at its end; valid until the next call. Throws HttpError:
    /// 413 once the body is known to exceed `body_limit`, which an application may set for each
    /// request; 408 where it comes too slowly; 400 where it breaks off or is malformed.
    asio::awaitable<std::string_view> read_some();

    /// Reads the whole body. Throws as read_some() does.
    asio::awaitable<std::string_view> read_body();

    /// Makes it a new, empty request of the same peer; memory is kept.
    void start_over(std::uint64_t new_body_limit);

    /// The whole body, once read_body() has returned.
    [[nodiscard]] std::string_view body() const noexcept { return body_; }

private:
    bool has_body_ = false;
    std::string_view body_;
    std::string storage_;
};

/// Takes the parts of a response's body.
class BodySink {
public:
    virtual ~BodySink() = default;
    /// Sends `part` now. Returns when the network has taken it; throws where the peer is gone.
    virtual asio::awaitable<void> write(std::string_view part) = 0;
};

/// What an application answers. Date, Content-Length, Transfer-Encoding and Connection are the
/// server's to set.
class Response {
public:
    /// Writes the body as it comes: chunked, or of just `length` bytes where that is known.
    struct Stream {
        std::function<asio::awaitable<void>(BodySink&)> write;
        std::optional<std::uint64_t> length;
    };
    /// Takes the connection over, with the bytes that have come already, before anything is
    /// answered. The request stays valid; the connection ends when this returns.
    using Takeover = std::function<asio::awaitable<void>(HttpStream&, std::string_view)>;

    explicit Response(http::status with_status = http::status::ok,
                      std::string_view content_type = {});
    Response(Response&&) noexcept = default;
    Response& operator=(Response&&) noexcept = default;
    ~Response();

    /// Adds a field. Throws std::invalid_argument where name or value would break the message.
    Response& add(std::string_view name, std::string_view value);
    Response& add(http::field name, std::string_view value);

    /// The fields as they go out: "Name: value\r\n" for each.
    [[nodiscard]] const std::string& fields() const noexcept { return fields_; }

    http::status status;
    std::string body;
    std::variant<std::monostate, Stream, Takeover> instead_of_body;

private:
    Response& append(std::string_view name, std::string_view value);

    std::string fields_;
};

/// A response of plain text, as HttpErrors become one.
Response error_response(http::status status, std::string_view what);

/// A response, or one to be waited for.
using Answer = std::variant<Response, asio::awaitable<Response>>;

/// A whole web application; a function that returns Response or asio::awaitable<Response> is one.
/// Throwing HttpError answers with its status, throwing anything else with 500.
using Application = std::function<Answer(Request&)>;

/// The application's answer; HttpErrors, thrown now or later, have become responses in it.
Answer answer_of(const Application& application, Request& request);

/// Waits for an answer, where it is not there yet.
asio::awaitable<Response> wait_for(Answer answer);

/// Passes the response through `change`, Response(Response), now or when it is there: the half of a
/// middleware that comes after the application.
template <typename Change>
Answer then(Answer answer, Change change) {
    if (auto* response = std::get_if<Response>(&answer)) {
        return change(std::move(*response));
    }
    return [](Answer later, Change late_change) -> asio::awaitable<Response> {
        co_return late_change(co_await wait_for(std::move(later)));
    }(std::move(answer), std::move(change));
}

/// Runs `work`, which blocks, on one of the pool's threads. What it refers to must live until it
/// has ended; the request may not be read meanwhile.
asio::awaitable<Response> on_thread(asio::thread_pool& pool, std::function<Response()> work);

}  // namespace cookbook
