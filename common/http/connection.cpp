#include "common/http/connection.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <chrono>
#include <tuple>
#include <utility>
#include <variant>

namespace cookbook {
namespace {

using Clock = Deadline::clock;

constexpr std::size_t body_room = 16 << 10;  // received at once

}  // namespace

HttpConnection::HttpConnection(HttpStream& stream, const HttpLimits& limits,
                               const Application& application)
    : stream_(stream),
      limits_(limits),
      application_(application),
      waiting_{stream},
      deadline_(waiting_),
      capacity_(limits.max_head + body_room),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)) {
    request_.peer = stream.peer();
    request_.source = this;
    start_message();
}

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

void HttpConnection::start_message() {
    body_size_ = 0;
    patience_ = limits_.message_timeout;
}

/// Whether a request is there to be answered.
bool HttpConnection::parse_head() try {
    request_.start_over(limits_.max_body);
    parser_.emplace(
        request_, fields_,
        RequestParser::Limits{limits_.max_target, limits_.max_head, limits_.max_fields});
    while (unparsed().starts_with("\r\n")) {
        begin_ += 2;  // clients may send empty lines too many (RFC 9112, 2.2)
    }
    if (unparsed().empty() || unparsed() == "\r" || !parser_->parse_head(unparsed())) {
        return false;
    }
    body_ = begin_ += parser_->used();
    patience_ = limits_.message_timeout;
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
    deadline_.expires_after(idle_ ? limits_.idle_timeout : patience_);
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
    patience_ +=
        (end_ - before) * std::chrono::duration_cast<Clock::duration>(1s) / limits_.min_rate;
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

}  // namespace cookbook
