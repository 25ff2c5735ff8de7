#include "start.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "common/cli/authkey.hpp"
#include "common/cli/listening.hpp"
#include "common/cli/run.hpp"
#include "common/net/unix.hpp"
#include "fork.hpp"
#include "server.hpp"

namespace cookbook::fd_passing {
namespace {

asio::awaitable<void> listen_and_serve_with_children(ServerOptions options, Descriptor nursery) {
    tcp::acceptor clients = listen(co_await this_coro::executor, options.address);
    print_listening(clients);
    co_await serve_with_children(std::move(clients), std::move(nursery), options.limits);
}

asio::awaitable<void> start_anew(ServerOptions options, Trust trust) {
    const auto executor = co_await this_coro::executor;
    Listening listening{listen(executor, options.address),
                        listen(executor, UnixAddress{*options.workers})};
    SocketFile workers(UnixAddress{*options.workers});  // until serve() minds it
    std::optional<Control> control;
    if (options.control) {
        const UnixAddress path{*options.control};
        StreamAcceptor acceptor(listen(executor, path));
        control.emplace(std::move(acceptor), SocketFile(path));
    }
    print_listening(listening.clients);
    workers.release();
    co_await serve(std::move(listening), std::move(control), std::move(trust), options.limits);
}

/// Everything that may fail comes before the predecessor is let go, and before its place is taken:
/// nobody gives that back.
asio::awaitable<void> start_in_place_of_another(ServerOptions options, Trust trust) {
    const auto executor = co_await this_coro::executor;
    const UnixAddress path{*options.control};
    Predecessor predecessor = co_await Predecessor::find(path, trust);
    Listening listening = predecessor.take_sockets();
    Control beside = listen_beside(executor, path);
    print_listening(listening.clients);
    Control control = take_place(std::move(beside), path);
    co_await predecessor.dismiss();
    co_await serve(std::move(listening), std::move(control), std::move(trust), options.limits);
}

}  // namespace

void start_server(const ServerOptions& options) {
    if (options.workers) {
        Trust trust{std::make_shared<Key>(read_authkey(options.authkey_file)), options.messaging};
        run(options.take_over ? start_in_place_of_another(options, std::move(trust))
                              : start_anew(options, std::move(trust)));
        return;
    }
    const auto grace = std::chrono::ceil<std::chrono::milliseconds>(options.limits.drain_timeout);
    Nursery nursery({options.forked, grace}, [&](Descriptor server) {
        run(work_for_parent(std::move(server), options.limits));
        return 0;
    });
    run(listen_and_serve_with_children(options, nursery.take_socket()));
}

}  // namespace cookbook::fd_passing
