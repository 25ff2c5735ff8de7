// How the server receives requests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/async/deadline.hpp"
#include "common/http/limits.hpp"
#include "common/http/message.hpp"
#include "common/http/request_parser.hpp"
#include "common/http/response_writer.hpp"

namespace cookbook::http {

/// The receiving half of a connection: a buffer of fixed size, and one request at a time in it.
class RequestReader final : public BodySource {
public:
    /// What has come of the next request, or of what is left of the present one's body.
    enum class Input { nothing, incomplete, complete, malformed };

    /// All must outlive the reader; `deadline` is the stream's, and set while a read waits. Before
    /// a wait for a body, `writer` is flushed: the client may wait for what it has.
    RequestReader(Stream& stream, Deadline& deadline, ResponseWriter& writer, const Limits& limits);

    /// Begins the next request: parses its head from what has been received.
    Input parse_head();

    /// The request; whole from `complete` on, until the next parse_head().
    [[nodiscard]] Request& request() noexcept { return request_; }
    /// Why the input is malformed.
    [[nodiscard]] const Error& error() const noexcept { return parser_->error(); }
    /// Whether the client wants the connection to be kept after this request (RFC 9112, 9.3).
    [[nodiscard]] bool keep_alive() const { return parser_->keep_alive(); }
    /// Whether all of the body has been read.
    [[nodiscard]] bool has_read_body() const { return parser_->is_done(); }

    /// A read of more of a head: room for the bytes, with the time limit set; then what it brought.
    /// The error is timed_out if the limit has passed.
    asio::mutable_buffer prepare_read();
    error_code finish_read(Stream::Transferred transferred);
    /// Whether a read waits, and nothing of a request has come yet.
    [[nodiscard]] bool idle() const noexcept { return idle_; }

    /// Passes over what nobody has read of the body, if it has come already.
    Input skip_body();

    /// Whether bytes of the peer's have been left unread, or are known to be still on their way.
    [[nodiscard]] bool has_unread_input() const;
    /// Gives up what has been received after the request, for another protocol.
    [[nodiscard]] std::string_view release_unparsed();

    asio::awaitable<std::string_view> read_some(std::uint64_t max_body) override;
    std::optional<std::string_view> read_whole(std::uint64_t max_body) override;

private:
    [[nodiscard]] std::string_view unparsed() const {
        return {buffer_.get() + begin_, end_ - begin_};
    }
    [[nodiscard]] bool worth_parsing(std::string_view bytes) const;
    RequestParser::Progress parse_body();
    void compact_buffer(std::size_t front);
    asio::mutable_buffer begin_wait();
    asio::awaitable<void> receive_body();

    Stream& stream_;
    Deadline& deadline_;
    ResponseWriter& writer_;
    const Limits& limits_;

    // [begin_, end_) has been received and not parsed; before it are the head and, from body_ on,
    // the body of the request at hand.
    const std::size_t capacity_;
    const std::unique_ptr<char[]> buffer_;
    std::size_t body_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;

    Request request_;
    std::any session_;
    std::vector<Field> fields_;
    std::optional<RequestParser> parser_;
    std::size_t examined_ = 0;  // bytes of an incomplete head that have been parsed once
    std::uint64_t body_size_ = 0;
    Deadline::clock::duration time_left_;  // for this head, or this body
    Deadline::clock::time_point waiting_since_;
    bool idle_ = false;
};

}  // namespace cookbook::http
