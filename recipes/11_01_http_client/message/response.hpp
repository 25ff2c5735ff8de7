// What a server responds.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/asio.hpp"
#include "fields.hpp"

namespace cookbook::http_client {

struct Response {
    unsigned status = 0;           // 200
    std::string status_line = {};  // as it came: "HTTP/1.1 200 OK"
    Fields fields = {};
    /// The body, its content codings undone; empty if it went to a BodySink.
    std::string content = {};
    /// Which URL responded, at the end of all redirects; without user and password.
    std::string url = {};
    /// The redirects that led there, oldest first, without their bodies.
    std::vector<Response> history = {};
    /// From the request's first byte to the end of this response's head.
    asio::steady_timer::duration elapsed{};

    /// "OK"; empty if the server gave none.
    [[nodiscard]] std::string_view reason() const noexcept;
    /// Whether the status is below 400.
    [[nodiscard]] bool ok() const noexcept { return status < 400; }
    /// The content as UTF-8: see to_utf8().
    [[nodiscard]] std::string text() const;
    /// Throws boost::system::system_error if the content is not JSON.
    [[nodiscard]] boost::json::value json() const;
    /// Throws std::runtime_error, "404 Not Found for URL", if the status is 400 or above.
    void raise_for_status() const;
};

/// Takes the body of a response as it comes.
class BodySink {
public:
    virtual ~BodySink() = default;
    /// The response whose body follows: its head is there. Not called for a redirect that is
    /// followed. What it throws ends the request.
    virtual void begin(const Response& head) = 0;
    /// More of the body, valid until it returns; the server is not read from before. False if it is
    /// enough: then the request ends well, and its connection is closed. What it throws ends the
    /// request, too.
    virtual asio::awaitable<bool> write(std::string_view data) = 0;
};

}  // namespace cookbook::http_client
