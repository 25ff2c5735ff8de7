#include "common/http/response_writer.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <iterator>
#include <stdexcept>
#include <tuple>
#include <variant>

namespace cookbook::http {
namespace {

constexpr std::size_t max_unsent = 64 << 10;  // of responses to requests that came together
constexpr std::size_t max_copied = 16 << 10;  // larger bodies are sent from where they are

/// "OK"; empty if Beast knows none, as for 418 (RFC 9112, 4 allows that).
std::string_view reason_of(status status) {
    const std::string_view reason = obsolete_reason(status);
    return reason == obsolete_reason(status::unknown) ? std::string_view() : reason;
}

/// The status line and the Date (RFC 9110, 6.6.1): the same for a second.
std::string_view first_lines(status status) {
    struct Lines {
        std::time_t made = 0;
        http::status status{};
        std::string text;
    };
    thread_local Lines lines;
    if (const std::time_t now = std::time(nullptr); now != lines.made || status != lines.status) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        lines.made = now;
        lines.status = status;
        lines.text.clear();  // and keeps its memory
        fmt::format_to(std::back_inserter(lines.text),
                       "HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n",
                       static_cast<unsigned>(status), reason_of(status), utc);
    }
    return lines.text;
}

/// Whether a response of this status ever has content, and says how long it is (RFC 9110, 6.4.1).
bool has_content(status status) {
    return status != status::no_content && status != status::not_modified;
}

/// Whether the body of this response is sent.
bool sends_body(const Request& request, const Response& response) {
    return request.method != verb::head && has_content(response.status);
}

}  // namespace

ResponseWriter::ResponseWriter(Stream& stream, Deadline& deadline, const Limits& limits)
    : stream_(stream), deadline_(deadline), limits_(limits) {}

bool ResponseWriter::append(const Request& request, const Response& response, bool keep_alive) {
    const auto* data = std::get_if<std::string>(&response.body);
    if (!data || data->size() > max_copied || unsent_.size() > max_unsent) {
        return false;
    }
    append_head(request, response, data->size(), keep_alive);
    if (sends_body(request, response)) {
        unsent_ += *data;
    }
    return true;
}

asio::awaitable<void> ResponseWriter::send(const Request& request, const Response& response,
                                           bool keep_alive) {
    if (const auto* streamed = std::get_if<StreamedBody>(&response.body)) {
        chunked_ = !streamed->length && request.version > 10;
        append_head(request, response, streamed->length, keep_alive);
        if (sends_body(request, response)) {
            co_await send_streamed(*streamed);
        }
    } else {
        const std::string& data = response.data();
        append_head(request, response, data.size(), keep_alive);
        co_await flush(sends_body(request, response) ? data : "");
    }
}

bool ResponseWriter::has_end(const StreamedBody& body, const Request& request) noexcept {
    return body.length || request.version > 10;
}

void ResponseWriter::append_head(const Request& request, const Response& response,
                                 std::optional<std::uint64_t> length, bool keep_alive) {
    unsent_.append(first_lines(response.status)).append(response.fields());
    if (has_content(response.status)) {
        if (length) {
            const fmt::format_int number(*length);
            unsent_.append("Content-Length: ").append(number.data(), number.size()).append("\r\n");
        } else if (chunked_) {
            unsent_ += "Transfer-Encoding: chunked\r\n";
        }
    }
    if (!keep_alive) {
        unsent_ += "Connection: close\r\n";
    } else if (request.version < 11) {
        unsent_ += "Connection: keep-alive\r\n";
    }
    unsent_ += "\r\n";
}

asio::awaitable<void> ResponseWriter::send_streamed(const StreamedBody& body) {
    still_due_ = body.length;
    co_await body.write(*this);
    if (still_due_.value_or(0) != 0) {
        throw std::logic_error("a streamed body is shorter than it said");
    }
    unsent_ += chunked_ ? "0\r\n\r\n" : "";
}

asio::awaitable<void> ResponseWriter::write(std::string_view data) {
    if (data.empty()) {
        co_return;  // an empty chunk would be the last
    }
    if (chunked_) {
        fmt::format_to(std::back_inserter(unsent_), "{:x}\r\n", data.size());
        co_await flush(data, "\r\n");
        co_return;
    }
    if (still_due_) {
        if (data.size() > *still_due_) {
            throw std::logic_error("a streamed body is longer than it said");
        }
        *still_due_ -= data.size();
    }
    co_await flush(data);
}

bool ResponseWriter::flush_now() {
    if (!unsent_.empty()) {
        error_code error;  // flush() will meet it again
        const asio::const_buffer unsent = asio::buffer(unsent_);
        unsent_.erase(0, stream_.write_now({&unsent, 1}, error));
    }
    return unsent_.empty();
}

asio::awaitable<void> ResponseWriter::flush(std::string_view data, std::string_view tail) {
    std::array<asio::const_buffer, 3> buffers = {asio::buffer(unsent_), asio::buffer(data),
                                                 asio::buffer(tail)};
    const std::size_t size = asio::buffer_size(buffers);
    error_code error;
    std::size_t sent = size == 0 ? 0 : stream_.write_now(buffers, error);
    if (sent < size && (!error || error == asio::error::would_block)) {
        for (asio::const_buffer& buffer : buffers) {
            const std::size_t of_buffer = std::min(sent, buffer.size());
            buffer += of_buffer;
            sent -= of_buffer;
        }
        deadline_.expires_after(limits_.message_timeout + size / limits_.min_rate * 1s);
        std::tie(error, sent) = co_await stream_.write(buffers);
        deadline_.clear();
    }
    if (error) {
        throw boost::system::system_error(deadline_.reason(error));
    }
    unsent_.clear();
}

}  // namespace cookbook::http
