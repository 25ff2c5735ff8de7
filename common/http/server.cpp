#include "common/http/server.hpp"

#include <utility>

namespace cookbook::http {
namespace {

asio::awaitable<void> handle_socket(tcp::socket socket, const MakeStream& make_stream,
                                    const Limits& limits, const Application& application) {
    const std::unique_ptr<Stream> stream = co_await make_stream(std::move(socket));
    co_await handle(*stream, limits, application);
}

}  // namespace

asio::awaitable<std::unique_ptr<Stream>> plain_stream(tcp::socket socket) {
    co_return std::make_unique<SocketStream>(std::move(socket));
}

asio::awaitable<void> serve(tcp::acceptor acceptor, Limits limits, Application application,
                            MakeStream make_stream) {
    co_await cookbook::serve(std::move(acceptor), limits, [&](tcp::socket socket) {
        return handle_socket(std::move(socket), make_stream, limits, application);
    });
}

}  // namespace cookbook::http
