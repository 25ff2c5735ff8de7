#include "connection.hpp"

#include <algorithm>
#include <utility>

namespace cookbook::websocket {
namespace {

constexpr std::size_t buffer_size = std::size_t{16} << 10U;

}  // namespace

Connection::Connection(Stream& stream, const Options& options, Opened opened, WhenFull when_full)
    : stream_(stream),
      options_(options),
      role_(opened.role),
      reader_(role_, options.max_message, opened.compression.has_value()),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)),
      early_(std::move(opened.received)),
      input_(early_),
      sender_(stream, options, opened, when_full) {
    silence_.expires_after(patience());
}

asio::awaitable<bool> Connection::wait() {
    flush();
    while (sender_.is_full() && !is_over()) {
        co_await wait_for_sender();
    }
    heed_cancellation();
    if (input_.empty() && !is_over()) {
        const auto [error, size] =
            co_await stream_.read_some(asio::buffer(buffer_.get(), buffer_size));
        on_received(error, size);
    }
    co_return !is_over();
}

void Connection::on_received(error_code error, std::size_t size) {
    if (!error) {
        input_ = std::span(buffer_.get(), size);
        heard_ = Deadline::clock::now();
        if (std::exchange(has_pinged_, false) && !sender_.ended()) {
            silence_.expires_after(patience());
        }
    } else if (error == asio::error::operation_aborted && !sender_.is_broken()) {
        heed_cancellation();
    } else {
        sender_.give_up();
    }
}

std::optional<Event> Connection::next() {
    while (!is_over() && !sender_.is_full()) {
        const std::optional<Event> event = reader_.next(input_);
        if (!event) {
            return {};
        }
        switch (event->kind) {
            case Event::Kind::ping:
                sender_.queue_control(Opcode::pong, event->data);
                break;
            case Event::Kind::pong:
                break;
            case Event::Kind::close:  // answered with the same code; behind it nothing counts
            case Event::Kind::violation:
                end_reading(event->code, event->data);
                break;
            case Event::Kind::text:
            case Event::Kind::binary:
                if (!sender_.ended()) {  // what comes after our Close does not count
                    return event;
                }
        }
    }
    return {};
}

/// Says Close, if we have not, and reads no more.
void Connection::end_reading(std::uint16_t code, std::string_view reason) {
    close(code, reason);
    reading_ended_ = true;
    input_ = {};
}

void Connection::send(Opcode opcode, std::string_view payload) {
    if (!sender_.queue(opcode, payload)) {
        close(close_code::try_again_later, "too slow", SendQueue::Unsent::discard);
    }
}

void Connection::send(Broadcast& message) {
    if (!sender_.queue(message)) {
        close(close_code::try_again_later, "too slow", SendQueue::Unsent::discard);
    }
}

asio::awaitable<void> Connection::wait_for_sender() {
    co_await sender_.wait();
    heed_cancellation();
}

asio::awaitable<void> Connection::wait_for_room() {
    if (sender_.size() > options_.max_queue / 2) {
        flush();
    }
    while (sender_.size() > options_.max_queue / 2 && !is_over()) {
        co_await wait_for_sender();
    }
}

void Connection::close(std::uint16_t code, std::string_view reason, SendQueue::Unsent unsent) {
    if (sender_.ended()) {
        return;
    }
    if (!sender_.is_broken()) {  // otherwise nobody hears it
        ending_ = {code, std::string(reason)};
    }
    sender_.end({code, reason}, unsent);
    silence_.expires_after(options_.close_timeout);
}

}  // namespace cookbook::websocket
