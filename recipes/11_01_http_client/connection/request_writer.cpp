#include "request_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace cookbook::http_client {
namespace {

constexpr std::size_t max_now = std::size_t{256} << 10U;  // then others have their turn
constexpr std::size_t max_wait = std::size_t{16} << 10U;  // waits under one limit of silence

}  // namespace

RequestWriter::RequestWriter(Connection& connection, const OutgoingRequest& request,
                             SilenceLimit& limit)
    : connection_(connection),
      request_(request),
      limit_(limit),
      head_(request.head),
      data_(request.body.data() ? std::string_view(*request.body.data()) : std::string_view()) {}

bool RequestWriter::send_now() {
    const std::array<asio::const_buffer, 2> unsent = {asio::buffer(head_), asio::buffer(data_)};
    error_code error;
    const std::size_t sent = connection_.write_now({unsent.data(), data_.empty() ? 1U : 2U}, error);
    const std::size_t of_head = std::min(sent, head_.size());
    head_.remove_prefix(of_head);
    data_.remove_prefix(sent - of_head);
    if (error && error != asio::error::would_block) {
        return true;
    }
    all_sent_ = head_.empty() && data_.empty() && request_.body.source() == nullptr;
    return all_sent_;
}

asio::awaitable<void> RequestWriter::send_rest() {
    all_sent_ = co_await send(head_) && co_await send_body();
}

asio::awaitable<bool> RequestWriter::send_body() {
    BodySource* const source = request_.body.source();
    if (source == nullptr) {
        co_return co_await send(data_);
    }
    const std::optional<std::uint64_t> size = source->size();
    co_return size ? co_await send_sized(*source, *size) : co_await send_chunked(*source);
}

asio::awaitable<bool> RequestWriter::send_sized(BodySource& source, std::uint64_t size) {
    while (size > 0) {
        const std::string_view piece = (co_await read(source)).substr(0, size);
        if (piece.empty()) {
            throw std::runtime_error("the body is shorter than it said");
        }
        const bool sent = co_await send(piece);
        if (!sent) {
            co_return false;
        }
        size -= piece.size();
    }
    co_return true;
}

/// A body of unknown size, each piece after its own; that of size 0 is the last (RFC 9112, 7.1).
asio::awaitable<bool> RequestWriter::send_chunked(BodySource& source) {
    for (;;) {
        const std::string_view piece = co_await read(source);
        const std::string chunk = fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
        const bool sent = co_await send(chunk);
        if (!sent || piece.empty()) {
            co_return sent;
        }
    }
}

/// Sends much of what the network takes at once, but waits for little at a time: on a slow network
/// that is still a sign of life within the limit. (TLS waits for max_now, which it has encrypted.)
asio::awaitable<bool> RequestWriter::send(std::string_view bytes) {
    while (!bytes.empty()) {
        if (bytes.size() > max_wait) {
            const std::size_t size = std::min(bytes.size() - max_wait, max_now);
            const asio::const_buffer piece = asio::buffer(bytes.substr(0, size));
            error_code error;  // would_block, or one that write() meets again
            bytes.remove_prefix(connection_.write_now({&piece, 1}, error));
        }
        const asio::const_buffer rest = asio::buffer(bytes.substr(0, max_wait));
        const bool sent = co_await write({&rest, 1});
        if (!sent) {
            co_return false;
        }
        bytes.remove_prefix(rest.size());
    }
    co_return true;
}

/// False if the connection has failed.
asio::awaitable<bool> RequestWriter::write(Stream::Buffers buffers) {
    limit_.on_progress();
    const error_code error = co_await connection_.write(buffers);
    limit_.on_progress();
    co_return !error;
}

asio::awaitable<std::string_view> RequestWriter::read(BodySource& source) {
    limit_.suspend();
    const std::string_view piece = co_await source.read_some();
    limit_.resume();
    co_return piece;
}

}  // namespace cookbook::http_client
