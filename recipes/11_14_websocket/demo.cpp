#include "demo.hpp"

#include <fmt/format.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "client_run.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/demo.hpp"
#include "common/net/tcp.hpp"
#include "event.hpp"
#include "transcript.hpp"
#include "websocket.hpp"

namespace cookbook::websocket {
namespace {

/// Somebody who talks with a partner.
struct Person {
    std::string name;
    std::string partner;
    asio::steady_timer* is_in = nullptr;  // cancelled once the person is in the room
};

/// Prints what the person sees, and answers some of it.
asio::awaitable<void> play(Connection& peer, Person person) {
    const auto& [name, partner, is_in] = person;
    while (co_await peer.wait()) {
        while (const auto message = peer.next()) {
            fmt::print("{} receives {}\n", name, message->data);
            const std::string lines = show_event(message->data, name).lines;
            if (is_in) {
                is_in->cancel();
            }
            if (lines == fmt::format("* {} has joined\n", partner)) {
                peer.send(Opcode::text, say_message("hello, " + partner));
            } else if (lines == fmt::format("{}: hello, {}\n", partner, name)) {
                peer.send(Opcode::text, say_message("and goodbye"));
            } else if (lines.ends_with(": and goodbye\n")) {
                peer.close(close_code::normal, {});
            }
        }
    }
}

asio::awaitable<void> visit(HostPort server, Person person) {
    try {
        const std::string path = "/chat?room=lobby&name=" + person.name;
        co_await run_client({.server = server, .path = path}, {}, {},
                            [person](Connection& peer) { return play(peer, person); });
    } catch (const std::exception& failure) {
        fmt::print("{}'s connection: {}\n", person.name, failure.what());
    }
}

/// Comes once Ann is in: first as another Ann.
asio::awaitable<void> follow(HostPort server, asio::steady_timer& ann_is_in) {
    co_await ann_is_in.async_wait(use_nothrow);
    co_await visit(server, {"ann", "nobody"});
    co_await visit(server, {"bob", "ann"});
}

asio::awaitable<void> show(HostPort server) {
    TaskGroup people(co_await this_coro::executor);
    asio::steady_timer ann_is_in(co_await this_coro::executor,
                                 asio::steady_timer::time_point::max());
    people.spawn(visit(server, {"ann", "bob", &ann_is_in}));
    people.spawn(follow(server, ann_is_in));
    co_await people.join();
}

}  // namespace

asio::awaitable<void> demo() {
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {});
    const HostPort address{.port = acceptor.local_endpoint().port()};
    fmt::print("listening on {}\n", to_string(address));
    co_await show_beside(serve(std::move(acceptor), {}), show(address));
}

}  // namespace cookbook::websocket
