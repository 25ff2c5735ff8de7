// The receiving half of an exchange.
#pragma once

#include <string_view>

#include "11_01_http_client/message/response.hpp"
#include "11_01_http_client/wire/response_parser.hpp"
#include "connection.hpp"
#include "silence_limit.hpp"

namespace cookbook::http_client {

/// Reads one response: parse() as long as there is something to report, a read if it needs more.
class ResponseReader {
public:
    /// All must outlive the reader. `response` gets the head.
    ResponseReader(Connection& connection, Response& response, InResponseTo kind,
                   SilenceLimit& limit);

    /// What comes next of what has been received: as ResponseParser's, but never `failed`. Throws
    /// system_error, an Error, if the response is malformed or cut.
    ResponseParser::Progress parse();
    /// Part of the body, after `data`; valid until the next read.
    [[nodiscard]] std::string_view data() const noexcept { return parser_.data(); }

    /// Waits for more of the response, after `needs_more`. finish_read() takes what comes of it,
    /// and throws system_error if that is neither bytes nor an end.
    [[nodiscard]] asio::awaitable<Stream::Transferred> read_some();
    void finish_read(Stream::Transferred transferred);

    /// Whether something of the response has come.
    [[nodiscard]] bool has_begun() const noexcept { return parser_.begun(); }
    /// Whether the connection can carry another request, once the body has been read.
    [[nodiscard]] bool keep_alive() const noexcept { return parser_.keep_alive(); }

private:
    Connection& connection_;
    SilenceLimit& limit_;
    ResponseParser parser_;
};

}  // namespace cookbook::http_client
