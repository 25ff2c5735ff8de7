#include "sender.hpp"

#include <boost/asio/cancellation_state.hpp>

#include "deflate.hpp"

namespace cookbook::websocket {

Sender::Sender(Stream& stream, const Options& options, const Opened& opened, WhenFull when_full)
    : stream_(stream),
      max_queue_(options.max_queue),
      role_(opened.role),
      compression_(opened.compression),
      when_full_(when_full),
      queue_(options.max_queue),
      writer_(stream.get_executor()),
      changed_(stream.get_executor(), clock::time_point::max()) {
    if (!opened.unsent.empty()) {
        queue_.append(opened.unsent);
        static_cast<void>(queue_.gather());  // under way from now on: it is never discarded
    }
}

std::optional<Mask> Sender::next_mask() const {
    return role_ == Role::client ? std::optional(make_mask()) : std::nullopt;
}

bool Sender::queue(Opcode opcode, std::string_view payload) {
    FrameHeader header{.opcode = opcode, .mask = next_mask()};
    if (compression_ && payload.size() >= worth_compressing) {
        const std::string_view compressed = deflate(payload, compression_->window_bits);
        header.is_compressed = compressed.size() < payload.size();
        payload = header.is_compressed ? compressed : payload;
    }
    if (when_full_ == WhenFull::close && queue_.size() + max_header + payload.size() > max_queue_) {
        return false;
    }
    queue_.append(header, payload);
    return true;
}

bool Sender::queue(Broadcast& message) {
    return queue_.push(message.frames(compression_));
}

void Sender::queue_control(Opcode opcode, std::string_view payload) {
    std::string frame;
    append_frame(frame, {.opcode = opcode, .mask = next_mask()}, payload);
    queue_.push_control(frame);
}

void Sender::end(const CloseReason& reason, SendQueue::Unsent unsent) {
    std::string frame;
    append_frame(frame, {.opcode = Opcode::close, .mask = next_mask()}, close_payload(reason));
    queue_.end(frame, unsent);
    wake();
}

void Sender::flush() {
    if (!is_blocked_ && !send_queued()) {
        is_blocked_ = true;
        writer_.spawn(write_rest());
    }
}

/// Sends what is queued. Returns false if the network does not take it all now. Nobody else sends:
/// one write at a time.
bool Sender::send_queued() {
    while (!queue_.empty() && !is_broken_) {
        error_code error;
        queue_.consume(stream_.write_now(queue_.gather(), error));
        if (error == asio::error::would_block) {
            return false;
        }
        if (error) {
            give_up();
        }
    }
    return true;
}

void Sender::give_up() {
    is_broken_ = true;
    wake();
}

asio::awaitable<void> Sender::write_rest() {
    co_await this_coro::throw_if_cancelled(false);
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    do {
        const auto [error, size] = co_await stream_.write(queue_.gather());
        queue_.consume(size);
        last_progress_ = clock::now();
        if (error || cancellation.cancelled() != asio::cancellation_type::none) {
            give_up();
        }
        wake();
    } while (!send_queued());
    is_blocked_ = false;
    wake();
}

asio::awaitable<void> Sender::wait() {
    co_await changed_.async_wait(use_nothrow);
}

asio::awaitable<void> Sender::stop() {
    writer_.cancel();
    co_await writer_.join();
}

}  // namespace cookbook::websocket
