// The receiving half of an exchange.
#pragma once

#include "11_01_http_client/message/response.hpp"
#include "11_01_http_client/wire/response_parser.hpp"
#include "connection.hpp"
#include "silence_limit.hpp"

namespace cookbook::http_client {

/// Reads one response.
class ResponseReader {
public:
    /// All must outlive the reader. `response` gets the head.
    ResponseReader(Connection& connection, Response& response, InResponseTo kind,
                   SilenceLimit& limit);

    /// Reads the head. Throws system_error: what the connection reports, or an Error if the
    /// response is malformed or cut.
    asio::awaitable<void> read_head();
    /// Reads the body, and gives it to `sink` as it comes. False if that has had enough. Throws as
    /// read_head() does, and what the sink throws.
    asio::awaitable<bool> read_body(BodySink& sink);

    /// Whether something of the response has come.
    [[nodiscard]] bool has_begun() const noexcept { return parser_.begun(); }
    /// Whether the connection can carry another request, once the body has been read.
    [[nodiscard]] bool keep_alive() const noexcept { return parser_.keep_alive(); }

private:
    asio::awaitable<ResponseParser::Progress> next();
    asio::awaitable<ResponseParser::Progress> receive();

    Connection& connection_;
    SilenceLimit& limit_;
    ResponseParser parser_;
};

}  // namespace cookbook::http_client
