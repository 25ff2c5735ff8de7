#include "common/net/echo.hpp"

#include <boost/asio/cancellation_state.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "common/async/deadline.hpp"
#include "common/net/address.hpp"

namespace cookbook {
namespace {

[[noreturn]] void fail(const error_code& error, const char* action, const Stream& stream) {
    throw std::system_error(error, std::string(action) + to_string(stream.peer()));
}

}  // namespace

asio::awaitable<void> echo(Stream& stream, asio::steady_timer::duration idle_timeout,
                           std::size_t max_unsent) {
    using asio::cancellation_type;
    const asio::cancellation_state before = co_await this_coro::cancellation_state;
    cancellation_type order = before.cancelled();
    bool reading = false;
    Deadline deadline(stream, Deadline::Effect::cancel);  // so that we can still end in order
    // Told to end (`total`), it waits for nothing more, and what has come is echoed first.
    co_await this_coro::reset_cancellation_state([&](cancellation_type type) {
        order |= type;
        if (reading) {
            deadline.expires_after(0ms);
        }
        return type & cancellation_type::terminal;
    });
    co_await this_coro::throw_if_cancelled(false);
    const auto piece = std::make_unique_for_overwrite<char[]>(max_unsent);
    for (;;) {
        const bool stopping = order != cancellation_type::none;
        deadline.expires_after(stopping ? 0ms : idle_timeout);
        reading = true;
        const auto [read_error, size] =
            co_await stream.read_some(asio::buffer(piece.get(), max_unsent));
        reading = false;
        if ((order & cancellation_type::terminal) != cancellation_type::none) {
            co_return;  // a peer that sends without end is cut off
        }
        if (read_error == asio::error::eof || (read_error && deadline.expired())) {
            break;
        }
        if (read_error) {
            fail(read_error, "receive from ", stream);
        }
        deadline.expires_after(idle_timeout);
        const error_code write_error = co_await write_all(stream, asio::buffer(piece.get(), size));
        if (write_error) {
            fail(deadline.reason(write_error), "send to ", stream);
        }
    }
    deadline.clear();
    co_await lingering_close(stream);
}

}  // namespace cookbook
