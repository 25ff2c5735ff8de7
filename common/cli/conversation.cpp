#include "common/cli/conversation.hpp"

#include <fmt/format.h>

#include <boost/system/system_error.hpp>
#include <memory>
#include <stdexcept>
#include <utility>

#include "common/async/task_group.hpp"
#include "common/cli/input.hpp"
#include "common/cli/output.hpp"

namespace cookbook {
namespace {

using boost::system::system_error;

constexpr std::size_t max_piece = std::size_t{256} << 10U;

}  // namespace

Conversation::Conversation(Stream& stream, std::string server, std::FILE* output,
                           asio::steady_timer::duration limit)
    : stream_(stream), server_(std::move(server)), output_(output), limit_(limit) {}

asio::awaitable<void> Conversation::send_text(std::string text) {
    return run(copy_text(std::move(text)));
}

asio::awaitable<void> Conversation::send_input(int descriptor) {
    return run(copy_input(descriptor));
}

/// Sends and receives at once: an echo server stops reading while nobody takes what it sends.
asio::awaitable<void> Conversation::run(asio::awaitable<void> sending) {
    TaskGroup halves(stream_.get_executor());
    halves.spawn(receive());
    halves.spawn(std::move(sending));
    try {
        co_await halves.join();
    } catch (const system_error&) {
        if (deadline_.expired()) {
            throw std::runtime_error(fmt::format("{} was silent for too long", server_));
        }
        throw;
    }
    deadline_.clear();
}

asio::awaitable<void> Conversation::copy_text(std::string text) {
    const bool sent = co_await send(asio::buffer(text));
    if (sent) {
        complete_ = true;
        co_await end_sending();
    }
}

asio::awaitable<void> Conversation::copy_input(int descriptor) {
    input_ = open_input(stream_.get_executor(), descriptor);
    const auto piece = std::make_unique_for_overwrite<char[]>(max_piece);
    for (;;) {
        const auto [read_error, n] =
            co_await input_->async_read_some(asio::buffer(piece.get(), max_piece), use_nothrow);
        if (read_error && (read_error == asio::error::eof || ended_)) {
            complete_ = read_error == asio::error::eof;
            break;
        }
        if (read_error) {
            throw system_error(read_error, "read input");
        }
        const bool sent = co_await send(asio::buffer(piece.get(), n));
        if (!sent) {
            co_return;
        }
    }
    co_await end_sending();
}

/// False if the server is gone: then the receiving half learns why.
asio::awaitable<bool> Conversation::send(asio::const_buffer data) {
    if (ended_ && data.size() > 0) {
        fail_to_send();
    }
    sending_ = true;
    while (data.size() > 0) {
        deadline_.expires_after(limit_);
        const asio::const_buffer piece = asio::buffer(data, max_piece);
        const auto [send_error, n] = co_await stream_.write({&piece, 1});
        sent_ += n;
        data += n;
        if (send_error) {
            send_error_ = send_error;
            co_return false;
        }
    }
    sending_ = false;
    deadline_.clear();
    co_return true;
}

asio::awaitable<void> Conversation::end_sending() {
    if (!ended_) {
        deadline_.expires_after(limit_);
    }
    co_await stream_.shut_down();
}

asio::awaitable<void> Conversation::receive() {
    const auto piece = std::make_unique_for_overwrite<char[]>(max_piece);
    for (;;) {
        const auto [receive_error, n] =
            co_await stream_.read_some(asio::buffer(piece.get(), max_piece));
        if (receive_error == asio::error::eof) {
            break;
        }
        if (receive_error) {
            throw system_error(receive_error, "receive from " + server_);
        }
        write_output(output_, {piece.get(), n});
        received_ += n;
        if (sending_ || complete_) {
            deadline_.expires_after(limit_);
        }
    }
    finish_sending();
}

/// The server has ended: has the sending half end in order, too.
void Conversation::finish_sending() {
    constexpr auto max_linger = 2s;
    if (sending_) {
        fail_to_send();
    }
    ended_ = true;
    deadline_.expires_after(max_linger);
    if (input_) {
        error_code ignored;  // there may be nothing to cancel
        input_->cancel(ignored);
    }
}

void Conversation::fail_to_send() const {
    throw system_error(send_error_, "send to " + server_);
}

}  // namespace cookbook
