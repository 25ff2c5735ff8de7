#include "common/serve_http.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/cancellation_state.hpp>
#include <boost/beast/core/string.hpp>
#include <ctime>
#include <exception>
#include <memory>
#include <vector>

#include "common/deadline.hpp"
#include "common/request_parser.hpp"

namespace cookbook {
namespace {

using Clock = Deadline::clock;

constexpr std::size_t body_room = 16 << 10;    // received at once
constexpr std::size_t most_unsent = 64 << 10;  // of answers to requests that came together
constexpr std::size_t most_copied = 16 << 10;  // larger bodies are sent from where they are

/// The status line and the Date (RFC 9110, 6.6.1): the same for a second.
std::string_view first_lines(http::status status) {
    struct Lines {
        std::time_t made = 0;
        http::status status{};
        std::string text;
    };
    thread_local Lines lines;
    if (const std::time_t now = std::time(nullptr); now != lines.made || status != lines.status) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        const std::string_view reason = http::obsolete_reason(status);
        lines = {now, status,
                 fmt::format("HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n",
                             static_cast<unsigned>(status), reason, utc)};
    }
    return lines.text;
}

bool may_have_body(const Request& request, http::status status) {
    return request.method != http::verb::head && status != http::status::no_content &&
           status != http::status::not_modified;
}

/// One connection. Requests that have come together are answered together, by one send.
class HttpConnection final : public BodySource, public BodySink {
public:
    HttpConnection(HttpStream& stream, const HttpLimits& limits, const Application& application)
        : stream_(stream),
          limits_(limits),
          application_(application),
          waiting_{stream},
          deadline_(waiting_),
          capacity_(limits.head + body_room),
          buffer_(std::make_unique_for_overwrite<char[]>(capacity_)) {
        request_.peer = stream.peer();
        request_.source = this;
        start_message();
    }

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

    void start_message();
    bool parse_head();
    bool may_receive_head();
    void take_head(HttpStream::Transferred received);
    asio::awaitable<void> receive_body();
    asio::mutable_buffer begin_to_receive();
    error_code end_to_receive(HttpStream::Transferred received);
    bool skip_body();

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
    Clock::duration patience_{};  // what is left of the time for this head, or this body
    Clock::time_point waiting_since_;

    std::string unsent_;
    std::optional<std::uint64_t> stream_left_;  // of a streamed body whose length is known
    bool chunked_ = false;
    bool open_ = true;       // another request may come
    bool unread_ = false;    // the last answer leaves a part of what the peer sends unread
    bool stopping_ = false;  // the server ends
    bool idle_ = false;      // waiting for a request to begin
};

/// The whole loop. Answers leave when nothing is left that could be answered.
asio::awaitable<void> HttpConnection::run() {
    // Told to stop (`total`), the wait for another request ends at once, and what is at hand is
    // finished: a wait inside an application sees `terminal` only.
    co_await this_coro::reset_cancellation_state([this](asio::cancellation_type type) {
        stopping_ = true;
        return idle_ ? type : type & asio::cancellation_type::terminal;
    });
    while (open_) {
        if (parse_head()) {
            Answer answer = answer_of(application_, request_);
            if (auto* later = std::get_if<asio::awaitable<Response>>(&answer)) {
                answer = co_await std::move(*later);
            }
            const Response& response = std::get<Response>(answer);
            if (!append(response)) {
                co_await send(response);
            }
        } else if (may_receive_head()) {
            if (!flush_now()) {
                co_await flush();
            }
            take_head(co_await stream_.read_some(begin_to_receive()));
        }
    }
    co_await flush();
    if (unread_) {
        co_await linger();
    }
}

// --- Receiving -----------------------------------------------------------------------------------

void HttpConnection::start_message() {
    body_size_ = 0;
    patience_ = limits_.message;
}

/// Whether a request is there to be answered.
bool HttpConnection::parse_head() try {
    request_.start_over(limits_.body);
    parser_.emplace(request_, fields_,
                    RequestParser::Limits{limits_.target, limits_.head, limits_.fields});
    while (unparsed().starts_with("\r\n")) {
        begin_ += 2;  // clients may send empty lines too many (RFC 9112, 2.2)
    }
    if (unparsed().empty() || unparsed() == "\r" || !parser_->parse_head(unparsed())) {
        return false;
    }
    body_ = begin_ += parser_->used();
    patience_ = limits_.message;
    return true;
} catch (const HttpError& error) {
    refuse(error);
    return false;
}

/// Makes room for more of the head, unless the connection ends instead.
bool HttpConnection::may_receive_head() {
    std::copy(buffer_.get() + begin_, buffer_.get() + end_, buffer_.get());
    end_ -= begin_;
    begin_ = 0;
    idle_ = end_ == 0;
    open_ = open_ && !(idle_ && stopping_);
    return open_;
}

void HttpConnection::take_head(HttpStream::Transferred received) {
    const error_code error = end_to_receive(received);
    if (error == asio::error::timed_out && !idle_) {
        refuse(HttpError(http::status::request_timeout, "the request comes too slowly"));
    }
    open_ = open_ && !error;
    idle_ = false;
}

asio::mutable_buffer HttpConnection::begin_to_receive() {
    if (!idle_) {
        waiting_since_ = Clock::now();
    }
    deadline_.expires_after(idle_ ? limits_.idle : patience_);
    return asio::buffer(buffer_.get() + end_, capacity_ - end_);
}

error_code HttpConnection::end_to_receive(HttpStream::Transferred received) {
    const auto [error, n] = received;
    deadline_.clear();
    end_ += n;
    if (!idle_) {
        patience_ -= Clock::now() - waiting_since_;
    }
    return error == asio::error::operation_aborted && deadline_.expired() ? asio::error::timed_out
                                                                          : error;
}

asio::awaitable<std::string_view> HttpConnection::read_some(std::uint64_t limit) {
    std::string_view part;
    if (parser_->content_length().value_or(0) > limit) {
        throw HttpError(http::status::payload_too_large, "the body is too large");
    }
    while (part.empty() && !parser_->is_done()) {
        const bool hungry = parser_->parse_body(unparsed());
        begin_ += parser_->used();
        part = parser_->part();
        if (hungry && part.empty()) {
            co_await receive_body();
        }
    }
    body_size_ += part.size();
    if (body_size_ > limit) {
        throw HttpError(http::status::payload_too_large, "the body is too large");
    }
    co_return part;
}

asio::awaitable<void> HttpConnection::receive_body() {
    if (parser_->expects_continue() && begin_ == body_ && begin_ == end_) {
        unsent_ += "HTTP/1.1 100 Continue\r\n\r\n";
    }
    co_await flush();
    std::copy(buffer_.get() + begin_, buffer_.get() + end_, buffer_.get() + body_);
    end_ = body_ + (end_ - begin_);
    begin_ = body_;
    if (end_ == capacity_) {
        throw HttpError(http::status::bad_request, "a chunk's header is too long");
    }
    const std::size_t before = end_;
    const error_code error = end_to_receive(co_await stream_.read_some(begin_to_receive()));
    if (error == asio::error::timed_out) {
        throw HttpError(http::status::request_timeout, "the body comes too slowly");
    }
    if (error) {
        throw HttpError(http::status::bad_request, "the body breaks off");
    }
    patience_ += (end_ - before) * std::chrono::duration_cast<Clock::duration>(1s) / limits_.rate;
}

std::optional<std::string_view> HttpConnection::read_whole(std::uint64_t limit) {
    const auto length = parser_->content_length();
    if (!length || *length > limit || *length > unparsed().size()) {
        return std::nullopt;
    }
    if (!parser_->is_done()) {
        parser_->parse_body(unparsed());
        begin_ += parser_->used();
    }
    return parser_->part();
}

/// Passes over a body that the application did not want, where it has come already.
bool HttpConnection::skip_body() try {
    while (!parser_->is_done()) {
        const bool hungry = parser_->parse_body(unparsed());
        begin_ += parser_->used();
        if (hungry) {
            return false;
        }
    }
    return true;
} catch (const HttpError&) {
    return false;
}

// --- Answering -----------------------------------------------------------------------------------

/// Appends an answer to those not sent yet; false where it wants to be sent by itself.
bool HttpConnection::append(const Response& response) {
    if (response.instead_of_body.index() != 0 || response.body.size() > most_copied ||
        unsent_.size() > most_unsent) {
        return false;
    }
    open_ = open_ && !stopping_ && skip_body() && parser_->keep_alive();
    append_head(response, response.body.size());
    if (may_have_body(request_, response.status)) {
        unsent_ += response.body;
    }
    if (open_) {
        start_message();
    }
    return true;
}

void HttpConnection::append_head(const Response& response, std::optional<std::uint64_t> length) {
    unsent_.append(first_lines(response.status)).append(response.fields());
    if (!length) {
        unsent_ += chunked_ ? "Transfer-Encoding: chunked\r\n" : "";
    } else if (response.status != http::status::no_content &&
               response.status != http::status::not_modified) {
        fmt::format_int number(*length);
        unsent_.append("Content-Length: ").append(number.data(), number.size()).append("\r\n");
    }
    if (!open_) {
        unread_ = begin_ != end_ || !parser_->is_done();
        unsent_ += "Connection: close\r\n";
    } else if (request_.version < 11) {
        unsent_ += "Connection: keep-alive\r\n";
    }
    unsent_ += "\r\n";
}

asio::awaitable<void> HttpConnection::send(const Response& response) {
    if (const auto* takeover = std::get_if<Response::Takeover>(&response.instead_of_body)) {
        co_await flush();
        co_await (*takeover)(stream_, unparsed());
        open_ = false;
        begin_ = end_;
        co_return;
    }
    const auto* stream = std::get_if<Response::Stream>(&response.instead_of_body);
    if (!stream) {
        open_ = open_ && !stopping_ && skip_body() && parser_->keep_alive();
        append_head(response, response.body.size());
        co_await flush(may_have_body(request_, response.status) ? response.body : "");
    } else {
        // The application may still read the request's body while it writes.
        open_ = open_ && !stopping_ && parser_->is_done() && parser_->keep_alive();
        stream_left_ = stream->length;
        chunked_ = !stream_left_ && request_.version > 10;
        open_ = open_ && (stream_left_ || chunked_);
        append_head(response, stream_left_);
        if (may_have_body(request_, response.status)) {
            co_await stream->write(*this);
            if (stream_left_.value_or(0) != 0) {
                throw std::logic_error("a streamed body is shorter than it said");
            }
            unsent_ += chunked_ ? "0\r\n\r\n" : "";
        }
    }
    if (open_) {
        start_message();
    }
}

asio::awaitable<void> HttpConnection::write(std::string_view part) {
    if (part.empty()) {
        co_return;  // an empty chunk would be the last
    }
    if (chunked_) {
        fmt::format_to(std::back_inserter(unsent_), "{:x}\r\n", part.size());
        co_await flush(part, "\r\n");
        co_return;
    }
    if (stream_left_) {
        if (part.size() > *stream_left_) {
            throw std::logic_error("a streamed body is longer than it said");
        }
        *stream_left_ -= part.size();
    }
    co_await flush(part);
}

void HttpConnection::refuse(const HttpError& error) {
    open_ = false;
    const Response response = error_response(error.status, error.what());
    append_head(response, response.body.size());
    unsent_ += response.body;
}

/// Sends what is unsent, where the network takes it at once.
bool HttpConnection::flush_now() {
    error_code error;  // flush() will meet it again
    const asio::const_buffer unsent = asio::buffer(unsent_);
    unsent_.erase(0, unsent.size() == 0 ? 0 : stream_.write_now({&unsent, 1}, error));
    return unsent_.empty();
}

/// Sends what is unsent, then `more` and `tail`, by one call where the network takes it at once.
asio::awaitable<void> HttpConnection::flush(std::string_view more, std::string_view tail) {
    std::array<asio::const_buffer, 3> parts = {asio::buffer(unsent_), asio::buffer(more),
                                               asio::buffer(tail)};
    const std::size_t size = asio::buffer_size(parts);
    error_code error;
    std::size_t sent = size == 0 ? 0 : stream_.write_now(parts, error);
    if (sent < size && (!error || error == asio::error::would_block)) {
        for (asio::const_buffer& part : parts) {
            const std::size_t of_part = std::min(sent, part.size());
            part += of_part;
            sent -= of_part;
        }
        deadline_.expires_after(limits_.message + size / limits_.rate * 1s);
        std::tie(error, sent) = co_await stream_.write(parts);
        deadline_.clear();
    }
    if (error) {
        throw boost::system::system_error(error);
    }
    unsent_.clear();
}

/// Waits for the peer to have read the last answer: closed with bytes unread, the connection would
/// be reset, and the answer lost with it (RFC 9112, 9.6).
asio::awaitable<void> HttpConnection::linger() {
    constexpr auto for_long = 2s;
    co_await stream_.shut_down();
    deadline_.expires_after(for_long);
    const auto until = Clock::now() + for_long;
    HttpStream::Transferred received;
    while (!std::get<error_code>(received) && Clock::now() < until) {
        received = co_await stream_.read_some(asio::buffer(buffer_.get(), capacity_));
    }
}

}  // namespace

// --- Streams and servers -------------------------------------------------------------------------

TcpStream::TcpStream(tcp::socket connection) : socket(std::move(connection)) {
    socket.non_blocking(true);
    socket.set_option(tcp::no_delay(true));
    error_code gone;  // the peer may have left already
    peer_ = socket.remote_endpoint(gone);
}

asio::awaitable<HttpStream::Transferred> TcpStream::read_some(asio::mutable_buffer buffer) {
    return socket.async_read_some(buffer, use_nothrow);
}

std::size_t TcpStream::write_now(Buffers buffers, error_code& error) {
    return buffers.size() == 1 ? socket.write_some(buffers[0], error)
                               : socket.write_some(buffers, error);
}

asio::awaitable<HttpStream::Transferred> TcpStream::write(Buffers buffers) {
    return asio::async_write(socket, buffers, use_nothrow);
}

asio::awaitable<void> TcpStream::shut_down() {
    error_code gone;
    socket.shutdown(tcp::socket::shutdown_send, gone);
    co_return;
}

asio::awaitable<void> handle_http(HttpStream& stream, const HttpLimits& limits,
                                  const Application& application) {
    HttpConnection connection(stream, limits, application);
    try {
        co_await connection.run();
    } catch (const boost::system::system_error& gone) {
        spdlog::debug("connection ended: {}", gone.what());
    }
}

namespace {

struct TcpHandler {
    const HttpLimits& limits;
    const Application& application;

    asio::awaitable<void> operator()(tcp::socket socket) const {
        return handle(TcpStream(std::move(socket)), limits, application);
    }
    static asio::awaitable<void> handle(TcpStream stream, const HttpLimits& limits,
                                        const Application& application) {
        co_await handle_http(stream, limits, application);
    }
};

}  // namespace

asio::awaitable<void> serve_http(tcp::acceptor acceptor, HttpLimits limits,
                                 Application application) {
    co_await serve(std::move(acceptor), limits, TcpHandler{limits, application});
}

}  // namespace cookbook
