#include "pool.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

#include "11_01_http_client/connection/exchange.hpp"
#include "11_01_http_client/delivery.hpp"
#include "11_01_http_client/hop.hpp"
#include "11_01_http_client/message/error.hpp"
#include "11_01_http_client/request_head.hpp"
#include "11_01b_resilient_client/places.hpp"
#include "11_01b_resilient_client/rules/retry.hpp"
#include "common/async/describe.hpp"
#include "failure_kind.hpp"

namespace cookbook::resilient_client {
namespace {

using boost::system::system_error;
using http_client::Connection;
using std::chrono::steady_clock;

}  // namespace

/// What the pool knows of an origin.
struct Pool::Host {
    explicit Host(std::size_t max_connections) : places(max_connections) {}

    /// The idle connection that was used last and is good; null if there is none.
    std::unique_ptr<Connection> take_idle() {
        while (!idle.empty()) {
            std::unique_ptr<Connection> connection = std::move(idle.back());
            idle.pop_back();
            connection->deadline().clear();
            if (!connection->deadline().expired() && connection->is_quiet()) {
                return connection;
            }
        }
        return nullptr;
    }

    Places places;
    std::vector<std::unique_ptr<Connection>> idle = {};  // the one used last at the end
};

/// One attempt, as far as it has come.
struct Pool::Attempt {
    Call& call;
    Host& host;
    http_client::Hop hop;
    steady_clock::time_point end;
    Response response = {};
    std::unique_ptr<Connection> connection = {};
    bool is_new = false;     // the connection
    bool was_sent = false;   // the request, perhaps
    bool has_begun = false;  // the response
    bool has_expired = false;

    [[nodiscard]] steady_clock::duration left() const { return end - steady_clock::now(); }
};

std::size_t Pool::idle() const noexcept {
    std::size_t count = 0;
    for (const auto& [origin, host] : hosts_) {
        count += static_cast<std::size_t>(std::ranges::count_if(
            host->idle, [](const auto& connection) { return !connection->deadline().expired(); }));
    }
    return count;
}

asio::awaitable<Result> Pool::send(Call& call) {
    const std::shared_ptr<Host> host = host_of(call.url.origin);
    const Place place = co_await host->places.take();
    Attempt attempt{call,
                    *host,
                    {.method = call.request.method, .url = call.url},
                    steady_clock::now() + options_.timeout};
    std::error_code code;
    std::string reason;
    try {
        co_await exchange(attempt);
        co_return std::move(attempt.response);
    } catch (const std::exception& failure) {
        code = http_client::code_of(failure);
        reason = describe(failure);
    }
    if (attempt.has_expired || (code == std::errc::timed_out && attempt.left().count() <= 0)) {
        const std::chrono::duration<double> limit = options_.timeout;
        reason = fmt::format("timed out after {:g} s", limit.count());
        code = make_error_code(std::errc::timed_out);
    }
    if (code == std::errc::operation_canceled) {
        throw system_error(asio::error::operation_aborted);
    }
    co_return Failure{kind_of(code, attempt.was_sent), std::move(reason)};
}

/// On the idle connection, if there is one. That may have been lost before the server saw the
/// request: then a new one takes its place, once.
asio::awaitable<void> Pool::exchange(Attempt& attempt) {
    const http_client::Body& body = attempt.call.request.body;
    for (;;) {
        attempt.connection = attempt.is_new ? nullptr : attempt.host.take_idle();
        if (!attempt.connection) {
            co_await connect(attempt);
        }
        if (body.source() && !body.source()->rewind()) {
            throw system_error(http_client::Error::cannot_repeat);
        }
        try {
            co_return co_await exchange_on(attempt);
        } catch (const system_error& error) {
            const bool may_be_unseen =
                !attempt.is_new && !attempt.has_begun && http_client::is_lost(error.code());
            if (!may_be_unseen || !is_repeatable(attempt.call.request)) {
                throw;
            }
        }
        attempt.is_new = true;
    }
}

asio::awaitable<void> Pool::connect(Attempt& attempt) {
    const Origin& origin = attempt.hop.url.origin;
    const http_client::ConnectOptions how = {.timeout = attempt.left(),
                                             .proxy = options_.http.connect.proxy};
    attempt.is_new = true;
    attempt.connection = co_await http_client::open_connection(origin, how, trust_in(origin));
    ++connections_;
}

/// Sends the request and takes the response, within what is left of the attempt's time.
asio::awaitable<void> Pool::exchange_on(Attempt& attempt) {
    const Request& request = attempt.call.request;
    const http_client::Options& http = options_.http;
    http_client::Response& response = attempt.response;
    http_client::Delivery delivery(response, nullptr, {http.decode, http.max_body, false});
    const http_client::OutgoingRequest outgoing = {
        .head = compose_head(request, attempt.hop, http.fields, "", http.connect.proxy),
        .body = request.body,
        .kind = request.method == "HEAD" ? http_client::InResponseTo::head
                                         : http_client::InResponseTo::any};
    // A server that sends a byte now and then is never silent: the whole of it has a limit, too.
    Deadline limit(*attempt.connection);
    limit.expires_after(attempt.left());
    attempt.was_sent = true;
    bool keep_alive = false;
    try {
        keep_alive = co_await http_client::exchange(*attempt.connection, outgoing, response,
                                                    delivery, options_.timeout, attempt.has_begun);
        delivery.finish();
    } catch (...) {
        attempt.has_expired = limit.expired();
        throw;
    }
    response.url = to_string(attempt.hop.url);
    if (keep_alive && attempt.connection->received().empty()) {
        attempt.connection->deadline().expires_after(options_.idle_timeout);
        attempt.host.idle.push_back(std::move(attempt.connection));
    }
}

const tls::ClientTrust* Pool::trust_in(const Origin& origin) {
    if (origin.is_https && !trust_) {
        tls::ClientOptions tls = options_.http.tls;
        tls.handshake_timeout = options_.timeout;  // nothing else is to cut it
        try {
            trust_.emplace(std::move(tls));
        } catch (const std::system_error& unreadable) {
            // Without its code, which would pass for the server's failure.
            throw std::runtime_error(describe(unreadable));
        }
    }
    return origin.is_https ? &*trust_ : nullptr;
}

std::shared_ptr<Pool::Host> Pool::host_of(const Origin& origin) {
    forget_closed();
    std::shared_ptr<Host>& host = hosts_[origin];
    if (!host) {
        host = std::make_shared<Host>(options_.max_per_origin);
    }
    return host;
}

/// Their deadlines have closed them; here goes what is left of them, and of origins without any.
void Pool::forget_closed() {
    const auto now = steady_clock::now();
    if (now < next_look_) {
        return;
    }
    next_look_ = now + 1s;
    for (const auto& [origin, host] : hosts_) {
        std::erase_if(host->idle,
                      [](const auto& connection) { return connection->deadline().expired(); });
    }
    std::erase_if(hosts_, [](const auto& entry) {
        return entry.second.use_count() == 1 && entry.second->idle.empty();
    });
}

}  // namespace cookbook::resilient_client
