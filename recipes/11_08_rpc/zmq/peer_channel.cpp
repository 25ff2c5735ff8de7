#include "peer_channel.hpp"

#include <spdlog/spdlog.h>

#include "11_08_rpc/forms/pickle_form.hpp"

namespace cookbook::rpc {

void PeerChannel::deliver(zmq::message_t message) {
    if (!has_room_for(message)) {
        drop(message);
        return;
    }
    received_bytes_ += message.size();
    received_.push_back(std::move(message));
    changed_.cancel();
}

bool PeerChannel::has_room_for(const zmq::message_t& message) const {
    const bool is_full =
        received_.size() >= limits_.max_messages || received_bytes_ >= limits_.max_bytes;
    const bool would_overtake = dropped_pickles_ > 0 && is_pickle(message.to_string_view());
    return !is_full && !would_overtake;
}

void PeerChannel::drop(const zmq::message_t& message) {
    if (!has_dropped_) {
        has_dropped_ = true;
        spdlog::warn("a peer has {} calls waiting: further ones are dropped", received_.size());
    }
    dropped_pickles_ += is_pickle(message.to_string_view()) ? 1 : 0;
}

asio::awaitable<std::optional<std::string_view>> PeerChannel::receive() {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    while (!has_message()) {
        const bool has_ended = !may_be_idle_ && !sending_ && replies_.empty();
        if (has_ended || cancellation.cancelled() != asio::cancellation_type::none) {
            co_return std::nullopt;
        }
        co_await changed_.async_wait(use_nothrow);
    }
    if (received_.empty()) {
        --dropped_pickles_;
        co_return dropped_pickle;
    }
    current_ = std::move(received_.front());
    received_.pop_front();
    received_bytes_ -= current_.size();
    co_return current_.to_string_view();
}

void PeerChannel::set_idle_timeout(duration limit) {
    may_be_idle_ = limit > 0s;
    changed_.cancel();
}

void PeerChannel::put(std::string_view message) {
    unsent_ += message.size();
    replies_.emplace_back(message);
}

asio::awaitable<void> PeerChannel::flush() {
    if (sending_) {
        co_return;
    }
    try {
        const Sending sending(sending_);
        while (!replies_.empty()) {
            const std::string reply = std::move(replies_.front());
            replies_.pop_front();
            unsent_ -= reply.size();
            co_await send(reply);
        }
    } catch (...) {
        give_up();
        throw;
    }
    changed_.cancel();
}

/// The peer takes nothing more: what has come from it, and what was meant for it, is dropped.
void PeerChannel::give_up() {
    received_.clear();
    received_bytes_ = 0;
    dropped_pickles_ = 0;
    replies_.clear();
    unsent_ = 0;
    may_be_idle_ = false;
    changed_.cancel();
}

/// Nobody says when there is room in the queue of one peer: so we try now and then.
asio::awaitable<void> PeerChannel::send(const std::string& message) {
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    const auto end = asio::steady_timer::clock_type::now() + limits_.send_timeout;
    while (!router_.try_send({identity_, "", message})) {
        if (asio::steady_timer::clock_type::now() > end) {
            throw boost::system::system_error(asio::error::timed_out);
        }
        if ((cancellation.cancelled() & asio::cancellation_type::terminal) !=
            asio::cancellation_type::none) {
            throw boost::system::system_error(asio::error::operation_aborted);
        }
        asio::steady_timer pause(router_.get_executor(), 10ms);
        co_await pause.async_wait(use_nothrow);
    }
}

}  // namespace cookbook::rpc
