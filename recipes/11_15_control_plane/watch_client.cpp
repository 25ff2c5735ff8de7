#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "11_14_websocket/client_run.hpp"
#include "client.hpp"
#include "common/async/describe.hpp"
#include "common/cli/output.hpp"
#include "data_folder.hpp"

namespace cookbook::control_plane {
namespace {

/// How far the watcher has come.
struct Progress {
    Watch watch;
    bool was_welcome = false;  // at least once
    bool prints = false;       // just now: what fails then is ours
    std::uint16_t code = websocket::close_code::abnormal;
};

/// The WebSocket of a server with this URL, from the last number on.
websocket::Target events_of(std::string url, const Watch& watch) {
    constexpr std::string_view http = "http";
    if (!url.starts_with(http)) {
        throw std::invalid_argument("a server's URL begins with http:// or https://");
    }
    url.erase(url.find_last_not_of('/') + 1);
    url.replace(0, http.size(), "ws");
    url += "/v1/events?";
    if (watch.since) {
        url += fmt::format("since={}&", *watch.since);
    }
    if (!watch.pool.empty()) {
        url += "pool=" + boost::urls::encode(watch.pool, boost::urls::unreserved_chars);
    }
    return websocket::parse_target(url);
}

/// Keeps the number of an event.
void note_number(std::string_view event, Progress& progress) {
    boost::json::error_code error;
    const auto parsed = boost::json::parse({event.data(), event.size()}, error);
    const auto* seq =
        !error && parsed.is_object() ? parsed.get_object().if_contains("seq") : nullptr;
    if (seq && seq->is_int64()) {
        progress.watch.since = seq->get_int64();
        progress.was_welcome = true;
    }
}

asio::awaitable<void> print_each(websocket::Connection& peer, const std::string& key,
                                 Progress& progress, std::FILE* output) {
    const boost::json::object greeting = {{"key", key}};
    peer.send(websocket::Opcode::text, boost::json::serialize(greeting));
    while (co_await peer.wait()) {
        while (const auto message = peer.next()) {
            progress.prints = true;
            print_line(output, message->data);
            progress.prints = false;
            note_number(message->data, progress);
        }
    }
    progress.code = peer.ending().code;
}

/// Whether the server may have us later: it was there, and has not said that we are wrong.
bool may_come_back(const Progress& progress) {
    constexpr std::uint16_t first_of_application = 4000;
    return progress.was_welcome && !progress.prints && progress.code < first_of_application;
}

}  // namespace

asio::awaitable<void> print_events(Remote remote, Watch watch, std::FILE* output) {
    const std::string key = read_key(remote.key_file);
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    asio::steady_timer pause(co_await this_coro::executor);
    for (Progress progress{.watch = std::move(watch)};;) {
        const websocket::Talk talk = [&](websocket::Connection& peer) {
            return print_each(peer, key, progress, output);
        };
        progress.code = websocket::close_code::abnormal;
        try {
            co_await websocket::run_client(events_of(remote.url, progress.watch), {}, {}, talk);
        } catch (const std::runtime_error& error) {
            if (!may_come_back(progress) ||
                cancellation.cancelled() != asio::cancellation_type::none) {
                throw;
            }
            spdlog::warn("{}; coming back", describe(error));
        }
        pause.expires_after(1s);
        co_await pause.async_wait(use_awaitable);
    }
}

}  // namespace cookbook::control_plane
