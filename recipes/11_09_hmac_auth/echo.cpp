#include "echo.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/cancellation_state.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "common/net/address.hpp"
#include "common/net/echo.hpp"

namespace cookbook::hmac_auth {
namespace {

asio::awaitable<void> handle(tcp::socket socket, Mac& mac, Options options,
                             asio::steady_timer::duration idle_timeout) {
    // The server's order to end is a total cancellation; a handshake has nothing to finish first.
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    SocketStream stream(std::move(socket));
    try {
        co_await authenticate_client(stream, mac, options);
    } catch (const boost::system::system_error& failure) {
        if (failure.code() != asio::error::operation_aborted) {
            // No key, no challenge, no response: a log that has them lets its readers guess keys.
            spdlog::warn("refused {}: {}", to_string(stream.peer()), failure.code().message());
        }
        co_return;
    }
    co_await echo(stream, idle_timeout);
}

}  // namespace

asio::awaitable<void> serve_echo(tcp::acceptor acceptor, Mac mac, Options options, Limits limits) {
    co_await serve(std::move(acceptor), limits, [&](tcp::socket socket) {
        return handle(std::move(socket), mac, options, limits.idle_timeout);
    });
}

}  // namespace cookbook::hmac_auth
