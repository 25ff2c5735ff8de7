// One connection after the other.
#include <utility>

#include "echo.hpp"
#include "listener.hpp"
#include "tcp_server.hpp"

namespace cookbook::tcp_server {

void serve_iterative(tcp::acceptor acceptor, Options options, std::stop_token stop) {
    Listener listener(std::move(acceptor), options.limits, stop);
    while (auto connection = listener.accept()) {
        handle(std::move(*connection), options);
    }
}

}  // namespace cookbook::tcp_server
