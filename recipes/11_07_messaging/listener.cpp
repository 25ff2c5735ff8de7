#include "listener.hpp"

#include <utility>

namespace cookbook::messaging {
namespace {

asio::awaitable<void> admit(StreamSocket socket, SharedKey key, Options options,
                            Listener::Handler handler) {
    // A server that stops lets us finish the message in hand: a total cancellation says so.
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    Connection connection(std::move(socket), options);
    co_await connection.authenticate(std::move(key), Role::listener);
    co_await handler(std::move(connection));
}

}  // namespace

Listener::Listener(const asio::any_io_executor& executor, const HostPort& address, SharedKey key,
                   Options options)
    : Listener(listen(executor, address), std::move(key), options) {}

Listener::Listener(tcp::acceptor acceptor, SharedKey key, Options options)
    : address_(to_string(acceptor.local_endpoint())),
      acceptor_(std::move(acceptor)),
      key_(std::move(key)),
      options_(options) {}

Listener::Listener(const asio::any_io_executor& executor, const UnixAddress& address, SharedKey key,
                   Options options)
    : address_(to_string(address)),
      acceptor_(listen(executor, address)),
      file_(address),
      key_(std::move(key)),
      options_(options) {}

asio::awaitable<void> Listener::serve(Limits limits, Handler handler) {
    options_.idle_timeout = limits.idle_timeout;
    co_await cookbook::serve(
        std::move(acceptor_), limits,
        [key = key_, options = options_, handler = std::move(handler)](StreamSocket socket) {
            return admit(std::move(socket), key, options, handler);
        });
}

}  // namespace cookbook::messaging
