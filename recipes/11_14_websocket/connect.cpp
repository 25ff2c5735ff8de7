#include "connect.hpp"

#include <boost/algorithm/hex.hpp>
#include <chrono>
#include <iterator>
#include <utility>

#include "chat.hpp"
#include "client_run.hpp"
#include "common/cli/output.hpp"

namespace cookbook::websocket {
namespace {

using Clock = asio::steady_timer::clock_type;

asio::awaitable<void> print_messages(Connection& peer, std::FILE* output,
                                     Clock::time_point& last_heard) {
    while (co_await peer.wait()) {
        while (const auto message = peer.next()) {
            last_heard = Clock::now();
            std::string line;
            if (message->kind == Event::Kind::text) {
                line = message->data;
            } else {
                boost::algorithm::hex_lower(message->data, std::back_inserter(line));
            }
            print_line(output, line);
        }
    }
}

/// Sends the lines, and closes once the server has been silent.
asio::awaitable<void> send_lines(Connection& peer, int input, Clock::time_point& last_heard) {
    constexpr auto silence = 500ms;
    InputLines lines(open_input(co_await this_coro::executor, input), InputLines::Blank::keep);
    while (const auto line = co_await next_text(lines)) {
        co_await peer.wait_for_room();
        peer.send(Opcode::text, *line);
        peer.flush();
    }
    last_heard = Clock::now();
    asio::steady_timer timer(co_await this_coro::executor);
    while (Clock::now() < last_heard + silence) {
        timer.expires_at(last_heard + silence);
        co_await timer.async_wait(use_awaitable);
    }
    peer.close(close_code::normal, {});
    peer.flush();
}

}  // namespace

asio::awaitable<void> talk_to(ConnectSettings settings, int input, std::FILE* output) {
    const Target target = parse_target(settings.url);
    settings.connection.compression = settings.opening.compression;
    if (settings.echo) {
        co_await run_client(target, settings.opening, settings.connection, echo_messages);
        co_return;
    }
    Clock::time_point last_heard;
    co_await run_client(
        target, settings.opening, settings.connection,
        [&](Connection& peer) { return print_messages(peer, output, last_heard); },
        [&](Connection& peer) { return send_lines(peer, input, last_heard); });
}

}  // namespace cookbook::websocket
