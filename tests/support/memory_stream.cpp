#include "support/memory_stream.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace cookbook::testing {

/// What travels one way.
struct MemoryStream::Way {
    explicit Way(const asio::any_io_executor& executor)
        : changed(executor, asio::steady_timer::time_point::max()) {}

    void change() {
        ++changes;
        changed.cancel();
    }
    void end() {
        ended = true;
        change();
    }

    std::string bytes;
    std::size_t written = 0;  // since the beginning
    bool ended = false;
    std::uint64_t changes = 0;
    asio::steady_timer changed;  // cancelled at each change: a condition variable
};

MemoryStream::MemoryStream(asio::any_io_executor executor, std::shared_ptr<Way> in,
                           std::shared_ptr<Way> out, MemoryPlan plan)
    : executor_(std::move(executor)), in_(std::move(in)), out_(std::move(out)), plan_(plan) {}

MemoryStream::~MemoryStream() {
    in_->end();
    out_->end();
}

asio::awaitable<Stream::Transferred> MemoryStream::read_some(asio::mutable_buffer buffer) {
    room_ = buffer.size();
    error_code error;
    while (!error && !closed_ && in_->bytes.empty() && !in_->ended) {
        error = co_await wait_for_change(in_);
    }
    if (error || closed_) {
        co_return Transferred(error ? error : asio::error::bad_descriptor, 0);
    }
    if (in_->bytes.empty()) {
        co_return Transferred(asio::error::eof, 0);
    }
    const std::size_t size = asio::buffer_copy(buffer, asio::buffer(in_->bytes), plan_.max_read);
    in_->bytes.erase(0, size);
    in_->change();
    co_return Transferred(error_code(), size);
}

/// Sends what there is room for, and returns how much that is.
std::size_t MemoryStream::put(asio::const_buffer bytes) {
    const std::size_t room = plan_.capacity - std::min(plan_.capacity, out_->bytes.size());
    const std::size_t size = std::min(bytes.size(), room);
    const std::size_t before_cut = plan_.cut_after - std::min(plan_.cut_after, out_->written);
    out_->bytes.append(static_cast<const char*>(bytes.data()), std::min(size, before_cut));
    out_->written += size;
    if (out_->written >= plan_.cut_after) {
        out_->ended = true;
    }
    out_->change();
    return size;
}

std::size_t MemoryStream::write_now(Buffers buffers, error_code& error) {
    error = closed_ ? error_code(asio::error::bad_descriptor) : error_code();
    std::size_t sent = 0;
    for (const asio::const_buffer& buffer : buffers) {
        sent += closed_ ? 0 : put(asio::buffer(buffer, plan_.max_write_now - sent));
    }
    sends_ += sent > 0;
    if (!error && sent == 0 && asio::buffer_size(buffers) > 0) {
        error = asio::error::would_block;
    }
    return sent;
}

asio::awaitable<Stream::Transferred> MemoryStream::write(Buffers buffers) {
    std::size_t sent = 0;
    sends_ += asio::buffer_size(buffers) > 0;
    for (asio::const_buffer buffer : buffers) {
        for (;;) {
            if (closed_) {
                co_return Transferred(asio::error::bad_descriptor, sent);
            }
            const std::size_t size = put(buffer);
            buffer += size;
            sent += size;
            if (buffer.size() == 0) {
                break;
            }
            const error_code error = co_await wait_for_change(out_);
            if (error) {
                co_return Transferred(error, sent);
            }
        }
    }
    co_return Transferred(error_code(), sent);
}

asio::awaitable<void> MemoryStream::shut_down() {
    out_->end();
    co_return;
}

void MemoryStream::cancel(error_code& error) {
    error = {};
    ++cancellations_;
    in_->changed.cancel();
    out_->changed.cancel();
}

void MemoryStream::close(error_code& error) {
    cancel(error);
    closed_ = true;
    in_->end();
    out_->end();
}

void MemoryStream::set_plan(MemoryPlan plan) {
    plan_ = plan;
    out_->change();
}

std::size_t MemoryStream::sent() const {
    return out_->written;
}

asio::awaitable<error_code> MemoryStream::wait_for_change(std::shared_ptr<Way> way) {
    const auto before = std::pair(way->changes, cancellations_);
    co_await way->changed.async_wait(use_nothrow);
    // Neither: it is the caller's coroutine that was cancelled.
    const bool was_cancelled = cancellations_ != before.second || way->changes == before.first;
    co_return was_cancelled ? asio::error::operation_aborted : error_code();
}

MemoryPair memory_pair(const asio::any_io_executor& executor, MemoryPlan near, MemoryPlan far) {
    const auto to_far = std::make_shared<MemoryStream::Way>(executor);
    const auto to_near = std::make_shared<MemoryStream::Way>(executor);
    return {std::make_unique<MemoryStream>(executor, to_near, to_far, near),
            std::make_unique<MemoryStream>(executor, to_far, to_near, far)};
}

}  // namespace cookbook::testing
