#include "client.hpp"

#include <fmt/format.h>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <string_view>

#include "client_run.hpp"
#include "common/cli/output.hpp"
#include "event.hpp"
#include "transcript.hpp"

namespace cookbook::websocket {
namespace {

std::string encoded(const std::string& text) {
    return boost::urls::encode(text, boost::urls::unreserved_chars);
}

/// What the client still waits for.
struct Replies {
    std::size_t missing = 1;  // the welcome
    bool has_said_all = false;

    [[nodiscard]] bool are_complete() const { return has_said_all && missing == 0; }
};

void end_if_complete(Connection& peer, const Replies& replies) {
    if (replies.are_complete()) {
        peer.close(close_code::normal, {});
        peer.flush();
    }
}

asio::awaitable<void> say_lines(Connection& peer, int input, Replies& replies) {
    InputLines lines(open_input(co_await this_coro::executor, input));
    while (const auto line = co_await next_text(lines)) {
        co_await peer.wait_for_room();
        ++replies.missing;
        peer.send(Opcode::text, say_message(*line));
        peer.flush();
    }
    replies.has_said_all = true;
    end_if_complete(peer, replies);
}

asio::awaitable<void> show_events(Connection& peer, const ClientSettings& settings,
                                  std::FILE* output, Replies& replies) {
    while (co_await peer.wait()) {
        while (const auto message = peer.next()) {
            const Shown shown = show_event(message->data, settings.name);
            if (settings.json) {
                print_line(output, message->data);
            } else {
                write_output(output, shown.lines);
            }
            replies.missing -= shown.is_reply && replies.missing > 0 ? 1 : 0;
            end_if_complete(peer, replies);
        }
    }
}

}  // namespace

asio::awaitable<void> take_part(ClientSettings settings, int input, std::FILE* output) {
    const Target target{
        settings.is_tls, settings.server,
        fmt::format("/chat?room={}&name={}", encoded(settings.room), encoded(settings.name))};
    Replies replies;
    const Options options{.max_message = std::size_t{16} << 20U};
    co_await run_client(
        target, {.tls = settings.tls}, options,
        [&](Connection& peer) { return show_events(peer, settings, output, replies); },
        [&](Connection& peer) { return say_lines(peer, input, replies); });
}

}  // namespace cookbook::websocket
