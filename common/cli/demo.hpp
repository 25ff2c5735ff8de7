// What a demo does: it runs a server, and shows what a client gets of it.
#pragma once

#include <string>
#include <utility>

#include "common/async/asio.hpp"
#include "common/cli/listening.hpp"
#include "common/net/address.hpp"
#include "common/net/tcp.hpp"

namespace cookbook {

/// Runs `show` to its end, and `server` beside it until then. If one fails, cancels the other and
/// rethrows.
asio::awaitable<void> show_beside(asio::awaitable<void> server, asio::awaitable<void> show);

/// Listens on a free port, prints the line that says so, and runs `serve(acceptor)` while
/// `show("http://ADDRESS:PORT")` runs. Both return asio::awaitable<void>.
template <typename Serve, typename Show>
asio::awaitable<void> show_web_server(Serve serve, Show show) {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {});
    print_listening(acceptor);
    const std::string url = "http://" + to_string(acceptor.local_endpoint());
    co_await show_beside(serve(std::move(acceptor)), show(url));
}

}  // namespace cookbook
