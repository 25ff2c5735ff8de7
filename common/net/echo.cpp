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
    const asio::cancellation_state before = co_await this_coro::cancellation_state;
    bool stopping = before.cancelled() != asio::cancellation_type::none;
    bool reading = false;
    // Told to end (`total`), a wait for more ends at once, and what has come is echoed first.
    co_await this_coro::reset_cancellation_state([&](asio::cancellation_type type) {
        stopping = true;
        return reading ? type : type & asio::cancellation_type::terminal;
    });
    co_await this_coro::throw_if_cancelled(false);
    Deadline deadline(stream, Deadline::Effect::cancel);  // so that we can still end in order
    const auto piece = std::make_unique_for_overwrite<char[]>(max_unsent);
    while (!stopping) {
        deadline.expires_after(idle_timeout);
        reading = true;
        const auto [read_error, size] =
            co_await stream.read_some(asio::buffer(piece.get(), max_unsent));
        reading = false;
        if (read_error == asio::error::eof || (read_error && (stopping || deadline.expired()))) {
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
