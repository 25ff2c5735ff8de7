// Responses of HTTP/1 as they come from a network. Pure: bytes in, a Response and data out.
#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "11_01_http_client/message/error.hpp"
#include "11_01_http_client/message/response.hpp"
#include "head_parser.hpp"
#include "line_buffer.hpp"

namespace cookbook::http_client {

/// The request that is responded to, as far as it says where the response ends.
enum class InResponseTo {
    any,
    head,    // a response without a body, whatever its fields say
    connect  // if the status is 2xx, without a body: the tunnel begins behind the head
};

/// Parses one response, as strictly as its meaning asks for and no more. Servers out there end
/// lines with LF, leave the space after the status out, fold fields, say a length twice: all that
/// can be read in one way only is read, as browsers, curl and http.client read it. What two readers
/// could read in two ways is an error, because what one takes for the end of a response is where
/// another sees the next one begin (RFC 9112, 11.1).
///
/// Interim responses (1xx) are passed over. Trailers are checked and dropped. Nothing is kept of
/// the bytes but the head, and where they are cut makes no difference.
class ResponseParser {
public:
    enum class Progress {
        needs_more,  // all bytes are used
        head,        // the head is whole; once, before any data
        data,        // data() has more of the body
        done,        // the response is whole
        failed       // error() says why
    };

    static constexpr std::size_t max_chunk_line = std::size_t{16} << 10U;

    /// `response` gets the head, and must outlive the parser.
    explicit ResponseParser(Response& response, InResponseTo request = InResponseTo::any);

    /// Parses on with `bytes`, up to the next thing to report. Bytes that used() does not count are
    /// the first of the next call, or lie beyond the response.
    Progress parse(std::string_view bytes);
    /// The connection has ended in an orderly way: done if that is how the body ends, otherwise
    /// failed.
    Progress finish();

    /// How many bytes the last parse() has used.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    /// Part of the last bytes that were parsed.
    [[nodiscard]] std::string_view data() const noexcept { return data_; }
    [[nodiscard]] boost::system::error_code error() const noexcept { return error_; }

    /// Whether something of the response has come.
    [[nodiscard]] bool begun() const noexcept { return begun_; }
    /// Whether the body ends where the connection does; from `head` on.
    [[nodiscard]] bool ends_with_connection() const noexcept { return state_ == State::to_end; }
    /// Whether the connection can carry another request after this response; from `head` on.
    [[nodiscard]] bool keep_alive() const noexcept { return keep_alive_; }

private:
    enum class State {
        head,
        sized,       // of which remaining_ bytes are still to come
        chunk_line,  // "size;extensions"
        chunk_data,
        chunk_end,  // the line end after it
        trailers,
        to_end,  // a body without a length
        done,
        failed
    };

    Progress step(std::string_view bytes);
    Progress parse_head(std::string_view bytes);
    Progress parse_chunk_line(std::string_view bytes);
    Progress parse_data(std::string_view bytes);
    Progress on_chunk_line(std::string_view line);
    Progress begin_body();
    Progress fail(boost::system::error_code error);

    Response& response_;
    InResponseTo request_;
    State state_ = State::head;
    HeadParser head_;
    LineBuffer lines_;             // of chunks
    std::uint64_t remaining_ = 0;  // bytes of the body, or of the chunk
    std::size_t used_ = 0;
    std::string_view data_;
    boost::system::error_code error_;
    bool begun_ = false;
    bool keep_alive_ = false;
};

}  // namespace cookbook::http_client
