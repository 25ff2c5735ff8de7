#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <stdexcept>
#include <tuple>

#include "common/http/connection.hpp"

namespace cookbook {
namespace {

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
        lines.made = now;
        lines.status = status;
        lines.text.clear();  // and keeps its memory
        fmt::format_to(std::back_inserter(lines.text),
                       "HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n",
                       static_cast<unsigned>(status), reason, utc);
    }
    return lines.text;
}

/// Whether a response of this status ever has content, and says how long it is (RFC 9110, 6.4.1).
bool has_content(http::status status) {
    return status != http::status::no_content && status != http::status::not_modified;
}

bool may_have_body(const Request& request, http::status status) {
    return request.method != http::verb::head && has_content(status);
}

}  // namespace

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
    if (has_content(response.status)) {
        if (length) {
            fmt::format_int number(*length);
            unsent_.append("Content-Length: ").append(number.data(), number.size()).append("\r\n");
        } else if (chunked_) {
            unsent_ += "Transfer-Encoding: chunked\r\n";
        }
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
        deadline_.expires_after(limits_.message_timeout + size / limits_.min_rate * 1s);
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
    const auto until = Deadline::clock::now() + for_long;
    HttpStream::Transferred received;
    while (!std::get<error_code>(received) && Deadline::clock::now() < until) {
        received = co_await stream_.read_some(asio::buffer(buffer_.get(), capacity_));
    }
}

}  // namespace cookbook
