#include "take_over.hpp"

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "common/async/within.hpp"
#include "common/net/unix.hpp"
#include "fd_message.hpp"

namespace cookbook::fd_passing {
namespace {

constexpr std::string_view request = "take over";
constexpr std::string_view ready = "ready";

UnixAddress beside(const UnixAddress& path) {
    return {path.path + "~"};
}

/// Whether the next object is this str.
asio::awaitable<bool> receive_word(SocketConnection& connection, std::string_view word) {
    const std::optional<messaging::Value> object = co_await connection->recv();
    const auto* text = object ? object->get_if<std::string>() : nullptr;
    co_return text != nullptr && *text == word;
}

/// The family of a socket that listens; -1 if it does not.
int listening_family(int socket) {
    int listens = 0;
    int family = -1;
    socklen_t size = sizeof listens;
    if (::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) < 0 || listens == 0 ||
        ::getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &family, &size) < 0) {
        return -1;
    }
    return family;
}

Listening adopt(const asio::any_io_executor& executor, std::vector<Descriptor> sockets) {
    const int family = sockets.size() == 2 ? listening_family(sockets[0].get()) : -1;
    if ((family != AF_INET && family != AF_INET6) ||
        listening_family(sockets[1].get()) != AF_UNIX) {
        throw std::runtime_error("it sent something else than its two listening sockets");
    }
    Listening listening{tcp::acceptor(executor), StreamAcceptor(executor)};
    listening.clients.assign(family == AF_INET ? tcp::v4() : tcp::v6(), sockets[0].get());
    static_cast<void>(sockets[0].release());
    listening.workers.assign({AF_UNIX, 0}, sockets[1].get());
    static_cast<void>(sockets[1].release());
    return listening;
}

asio::awaitable<std::pair<std::vector<Descriptor>, StreamSocket>> ask_for_sockets(
    StreamSocket socket, Trust trust) {
    SocketConnection connection(std::move(socket), trust.messaging);
    co_await connection->authenticate(trust.key, messaging::Role::client);
    co_await connection->send(request);
    StreamSocket released = connection.release();
    auto message = co_await within(trust.messaging.message_timeout, receive_fds(released));
    co_return std::pair(std::move(message.value().descriptors), std::move(released));
}

}  // namespace

asio::awaitable<bool> hand_over(StreamSocket successor, std::array<int, 2> listening, Trust trust) {
    SocketConnection connection(std::move(successor), trust.messaging);
    co_await connection->authenticate(trust.key, messaging::Role::listener);
    // [step 5] Stop when the successor has said that it is ready, not when it has the sockets.
    const bool asked = co_await receive_word(connection, request);
    if (!asked) {
        co_return false;
    }
    StreamSocket socket = connection.release();
    const error_code error = send_fds(socket.native_handle(), listening);
    if (error) {
        throw boost::system::system_error(error);
    }
    SocketConnection resumed(std::move(socket), trust.messaging);
    co_return co_await receive_word(resumed, ready);
    // [end]
}

asio::awaitable<Predecessor> Predecessor::find(UnixAddress control, Trust trust) {
    StreamSocket socket = co_await connect(control);
    const auto executor = socket.get_executor();
    const std::string place = "take over " + to_string(control);
    try {
        auto [sockets, released] = co_await ask_for_sockets(std::move(socket), trust);
        SocketConnection connection(std::move(released), trust.messaging);
        co_return Predecessor(adopt(executor, std::move(sockets)), std::move(connection));
    } catch (const boost::system::system_error& failure) {
        throw std::system_error(failure.code(), place);
    } catch (const std::runtime_error& failure) {
        throw std::runtime_error(place + ": " + failure.what());
    }
}

asio::awaitable<void> Predecessor::dismiss() {
    try {
        co_await connection_->send(ready);
    } catch (const boost::system::system_error& failure) {
        spdlog::warn("the server that was taken over has ended already: {}",
                     failure.code().message());
    }
}

Control listen_beside(const asio::any_io_executor& executor, const UnixAddress& path) {
    const UnixAddress place = beside(path);
    return {listen(executor, place), SocketFile(place)};
}

Control take_place(Control control, const UnixAddress& path) {
    if (std::rename(beside(path).path.c_str(), path.path.c_str()) != 0) {
        throw std::system_error(errno, std::generic_category(), "listen on " + to_string(path));
    }
    return {std::move(control.acceptor), SocketFile(path)};
}

}  // namespace cookbook::fd_passing
