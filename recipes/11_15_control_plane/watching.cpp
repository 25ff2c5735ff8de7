#include "watching.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "11_05_rest_interface/parameters.hpp"
#include "11_05b_rest_api/admission.hpp"
#include "11_05b_rest_api/digest.hpp"
#include "11_14_websocket/upgrade.hpp"
#include "common/async/deadline.hpp"
#include "pool.hpp"
#include "problem.hpp"
#include "queries.hpp"

namespace cookbook::control_plane {
namespace {

constexpr std::uint16_t no_key = 4401;
constexpr auto key_timeout = 5s;

std::optional<std::int64_t> parse_seq(std::string_view text) {
    std::int64_t seq = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), seq);
    return error == std::errc() && end == text.end() && seq >= 0 ? std::optional(seq)
                                                                 : std::nullopt;
}

/// What a query asks for. Throws Refused.
Watch parse_watch(const rest_interface::Parameters& query) {
    constexpr std::array<std::string_view, 2> known = {"since", "pool"};
    check_names(query, known);
    std::vector<Mistake> mistakes;
    Watch watch{.pool = std::string(query.get("pool"))};
    if (!watch.pool.empty() && !is_pool_name(watch.pool)) {
        mistakes.push_back({"pool", "is no name of a pool"});
    }
    if (query.contains("since")) {
        watch.since = parse_seq(query.get("since"));
        if (!watch.since) {
            mistakes.push_back({"since", "must be the number of an event, or 0"});
        }
    }
    if (!mistakes.empty()) {
        throw invalid(std::move(mistakes));
    }
    return watch;
}

/// {"key": "…"}
bool has_key(std::string_view message, const RestOptions& options) {
    error_code malformed;
    const auto value = boost::json::parse({message.data(), message.size()}, malformed);
    const auto* object = malformed ? nullptr : value.if_object();
    const auto* member = object ? object->if_contains("key") : nullptr;
    const auto* key = member ? member->if_string() : nullptr;
    return key && is_key({key->data(), key->size()}, options);
}

/// What common's Deadline closes when no key has come.
struct KeyWatch {
    websocket::Connection& peer;
    asio::any_io_executor executor;

    asio::any_io_executor get_executor() { return executor; }
    void close(error_code&) {
        peer.close(no_key, "no key has come");
        peer.flush();
    }
    void cancel(error_code& error) { close(error); }
};

/// Whether the peer's first message is the key. Says Close if it is not, or does not come in time.
asio::awaitable<bool> shows_key(websocket::Connection& peer, const RestOptions& options) {
    KeyWatch watch{peer, co_await this_coro::executor};
    Deadline deadline(watch);
    deadline.expires_after(key_timeout);
    while (co_await peer.wait()) {
        if (const auto message = peer.next()) {
            if (has_key(message->data, options)) {
                co_return true;
            }
            peer.close(no_key, "this is not the key");
            co_return false;
        }
    }
    co_return false;
}

asio::awaitable<void> admit_and_watch(websocket::Connection& peer, Watchers& watchers, Watch watch,
                                      const RestOptions& options) {
    if (co_await shows_key(peer, options)) {
        co_await watchers.watch(peer, std::move(watch));
    }
}

http::Response respond(const http::Request& request, Watchers& watchers,
                       const RestOptions& options) {
    const std::string_view key = rest_api::bearer_of(request);
    if (!key.empty() && !is_key(key, options)) {
        http::Response refusal = to_problem(http::status::unauthorized, "The key is wrong.");
        refusal.add(http::field::www_authenticate, R"(Bearer realm="ipam")");
        return refusal;
    }
    const bool is_admitted = !key.empty();
    const websocket::Talk talk = [&watchers, &options,
                                  watch = parse_watch(rest_api::query_of(request)),
                                  is_admitted](websocket::Connection& peer) {
        return is_admitted ? watchers.watch(peer, watch)
                           : admit_and_watch(peer, watchers, watch, options);
    };
    return websocket::upgrade(request, options.connection, options.origins,
                              websocket::WhenFull::close, talk);
}

}  // namespace

bool is_key(std::string_view key, const RestOptions& options) {
    return rest_api::is_equal(key, options.key);
}

http::Response respond_to_watcher(const http::Request& request, Watchers& watchers,
                                  const RestOptions& options) {
    try {
        return respond(request, watchers, options);
    } catch (const Refused& refused) {
        return to_problem(refused);
    }
}

}  // namespace cookbook::control_plane
