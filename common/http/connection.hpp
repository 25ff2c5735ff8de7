// One HTTP connection, as serve_http() runs it. http_connection.cpp receives and has the loop,
// http_answer.cpp answers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/async/deadline.hpp"
#include "common/http/message.hpp"
#include "common/http/request_parser.hpp"
#include "common/http/server.hpp"

namespace cookbook {

/// One connection. Requests that have come together are answered together, by one send.
class HttpConnection final : public BodySource, public BodySink {
public:
    /// All must outlive the connection.
    HttpConnection(HttpStream& stream, const HttpLimits& limits, const Application& application);

    /// Answers requests until either side ends the connection. Throws system_error where the peer
    /// is gone.
    asio::awaitable<void> run();

    asio::awaitable<std::string_view> read_some(std::uint64_t limit) override;
    std::optional<std::string_view> read_whole(std::uint64_t limit) override;
    asio::awaitable<void> write(std::string_view part) override;

private:
    /// What a deadline does to a stream: ends what waits on it, and leaves it open for a last
    /// answer.
    struct Waiting {
        HttpStream& stream;
        asio::any_io_executor get_executor() { return stream.get_executor(); }
        void close(error_code& error) { stream.cancel(error); }
    };

    // Receiving: http_connection.cpp
    void start_message();
    bool parse_head();
    bool may_receive_head();
    void take_head(HttpStream::Transferred received);
    asio::awaitable<void> receive_body();
    asio::mutable_buffer begin_to_receive();
    error_code end_to_receive(HttpStream::Transferred received);
    bool skip_body();

    // Answering: http_answer.cpp
    bool append(const Response& response);
    void append_head(const Response& response, std::optional<std::uint64_t> length);
    asio::awaitable<void> send(const Response& response);
    void refuse(const HttpError& error);
    bool flush_now();
    asio::awaitable<void> flush(std::string_view more = {}, std::string_view tail = {});
    asio::awaitable<void> linger();

    [[nodiscard]] std::string_view unparsed() const {
        return {buffer_.get() + begin_, end_ - begin_};
    }

    HttpStream& stream_;
    const HttpLimits& limits_;
    const Application& application_;
    Waiting waiting_;
    Deadline deadline_;

    // [begin_, end_) has been received and not parsed; before it lie the head and, from body_ on,
    // the body of the request at hand.
    const std::size_t capacity_;
    const std::unique_ptr<char[]> buffer_;
    std::size_t body_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;

    Request request_;
    std::vector<HttpField> fields_;
    std::optional<RequestParser> parser_;
    std::uint64_t body_size_ = 0;
    Deadline::clock::duration patience_{};  // what is left of the time for this head, or this body
    Deadline::clock::time_point waiting_since_;

    std::string unsent_;
    std::optional<std::uint64_t> stream_left_;  // of a streamed body whose length is known
    bool chunked_ = false;
    bool open_ = true;       // another request may come
    bool unread_ = false;    // the last answer leaves a part of what the peer sends unread
    bool stopping_ = false;  // the server ends
    bool idle_ = false;      // waiting for a request to begin
};

}  // namespace cookbook
