#include "messaging.hpp"

#include <system_error>
#include <utility>

namespace cookbook::messaging {
namespace {

asio::awaitable<void> admit(StreamSocket socket, SharedKey key, Options options,
                            Listener::Handler handler) {
    // A server that stops lets us finish the message in hand: a total cancellation says so.
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    Connection connection(std::make_unique<SocketStream>(std::move(socket)), options);
    co_await connection.authenticate(std::move(key), Role::listener);
    co_await handler(std::move(connection));
}

}  // namespace

asio::awaitable<Connection> connect(Address address, SharedKey key, Options options) {
    StreamSocket socket = co_await cookbook::connect(address);
    Connection connection(std::make_unique<SocketStream>(std::move(socket)), options);
    try {
        co_await connection.authenticate(std::move(key), Role::client);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            throw;
        }
        throw std::system_error(error.code(), "authenticate with " + to_string(address));
    }
    co_return connection;
}

Listener::Listener(const asio::any_io_executor& executor, const Address& address, SharedKey key,
                   Options options)
    : Listener(listen(executor, address), std::move(key), options) {
    file_.emplace(address);
}

Listener::Listener(StreamAcceptor acceptor, SharedKey key, Options options)
    : acceptor_(std::move(acceptor)),
      address_(local_address(acceptor_)),
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
