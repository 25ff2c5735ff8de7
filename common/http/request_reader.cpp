#include "common/http/request_reader.hpp"

#include <algorithm>
#include <chrono>

namespace cookbook::http {
namespace {

using Clock = Deadline::clock;
using Progress = RequestParser::Progress;

constexpr std::size_t body_room = 16 << 10;  // received at once

RequestReader::Input input_after(Progress progress) {
    switch (progress) {
        case Progress::needs_more:
            return RequestReader::Input::incomplete;
        case Progress::failed:
            return RequestReader::Input::malformed;
        case Progress::done:
            break;
    }
    return RequestReader::Input::complete;
}

}  // namespace

RequestReader::RequestReader(Stream& stream, Deadline& deadline, ResponseWriter& writer,
                             const Limits& limits)
    : stream_(stream),
      deadline_(deadline),
      writer_(writer),
      limits_(limits),
      capacity_(limits.max_head + body_room),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)),
      time_left_(limits.message_timeout) {
    request_.peer = stream.peer();
    request_.source = this;
    request_.session = &session_;
}

RequestReader::Input RequestReader::parse_head() {
    if (examined_ == 0) {
        time_left_ = limits_.message_timeout;
    }
    while (unparsed().starts_with("\r\n")) {
        begin_ += 2;  // clients may send empty lines too many (RFC 9112, 2.2)
    }
    const std::string_view bytes = unparsed();
    if (bytes.empty()) {
        return Input::nothing;
    }
    if (bytes == "\r" || !worth_parsing(bytes)) {
        return Input::incomplete;
    }
    request_.reset();
    request_.max_body = limits_.max_body;
    parser_.emplace(request_, fields_, limits_);
    examined_ = bytes.size();
    const Input input = input_after(parser_->parse_head(bytes));
    if (input != Input::complete) {
        return input;
    }
    body_ = begin_ += parser_->used();
    examined_ = 0;
    body_size_ = 0;
    time_left_ = limits_.message_timeout;
    return Input::complete;
}

/// Each attempt begins anew, so a head that comes byte by byte would cost its square: only a line
/// that has ended is worth one, or one that has become too long.
bool RequestReader::worth_parsing(std::string_view bytes) const {
    if (examined_ == 0 || bytes.find('\n', examined_) != bytes.npos) {
        return true;
    }
    return bytes.size() > limits_.max_head ||
           (bytes.size() > limits_.max_target && bytes.find('\n') == bytes.npos);
}

/// Moves what is not parsed to `front`.
void RequestReader::compact_buffer(std::size_t front) {
    std::copy(buffer_.get() + begin_, buffer_.get() + end_, buffer_.get() + front);
    end_ = front + (end_ - begin_);
    begin_ = front;
}

asio::mutable_buffer RequestReader::prepare_read() {
    compact_buffer(0);
    idle_ = end_ == 0;
    return begin_wait();
}

asio::mutable_buffer RequestReader::begin_wait() {
    if (!idle_) {
        waiting_since_ = Clock::now();
    }
    deadline_.expires_after(idle_ ? limits_.idle_timeout : time_left_);
    return asio::buffer(buffer_.get() + end_, capacity_ - end_);
}

error_code RequestReader::finish_read(Stream::Transferred transferred) {
    const auto [error, n] = transferred;
    deadline_.clear();
    end_ += n;
    if (!idle_) {
        time_left_ -= Clock::now() - waiting_since_;
    }
    idle_ = false;
    return deadline_.reason(error);
}

Progress RequestReader::parse_body() {
    const Progress progress = parser_->parse_body(unparsed());
    begin_ += parser_->used();
    return progress;
}

RequestReader::Input RequestReader::skip_body() {
    Input input = Input::complete;
    while (input == Input::complete && !parser_->is_done()) {
        input = input_after(parse_body());
    }
    return input;
}

bool RequestReader::has_unread_input() const {
    return begin_ != end_ || (parser_ && !parser_->is_done());
}

std::string_view RequestReader::release_unparsed() {
    const std::string_view bytes = unparsed();
    begin_ = end_;
    return bytes;
}

asio::awaitable<std::string_view> RequestReader::read_some(std::uint64_t max_body) {
    std::string_view data;
    while (data.empty() && !parser_->is_done() && body_size_ <= max_body &&
           request_.content_length.value_or(0) <= max_body) {
        const Progress progress = parse_body();
        if (progress == Progress::failed) {
            throw parser_->error();
        }
        data = parser_->data();
        body_size_ += data.size();
        if (progress == Progress::needs_more && data.empty()) {
            co_await receive_body();
        }
    }
    if (body_size_ > max_body || request_.content_length.value_or(0) > max_body) {
        throw Error(status::payload_too_large, "the body is too large");
    }
    co_return data;
}

asio::awaitable<void> RequestReader::receive_body() {
    if (parser_->expects_continue() && begin_ == body_ && begin_ == end_) {
        writer_.append_continue();
    }
    co_await writer_.flush();
    compact_buffer(body_);
    if (end_ == capacity_) {
        throw bad_request("a chunk's header is too long");
    }
    const std::size_t before = end_;
    const error_code error = finish_read(co_await stream_.read_some(begin_wait()));
    if (error == asio::error::timed_out) {
        throw Error(status::request_timeout, "the body comes too slowly");
    }
    if (error) {
        throw bad_request("the body breaks off");
    }
    time_left_ +=
        (end_ - before) * std::chrono::duration_cast<Clock::duration>(1s) / limits_.min_rate;
}

std::optional<std::string_view> RequestReader::read_whole(std::uint64_t max_body) {
    const auto length = request_.content_length;
    if (!length || *length > max_body || *length > unparsed().size()) {
        return std::nullopt;
    }
    if (!parser_->is_done()) {
        parse_body();
    }
    return parser_->data();
}

}  // namespace cookbook::http
