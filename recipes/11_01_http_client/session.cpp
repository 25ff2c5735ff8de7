#include "session.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "11_10_tls/error.hpp"
#include "common/async/describe.hpp"
#include "connection/exchange.hpp"
#include "delivery.hpp"
#include "hop.hpp"
#include "message/error.hpp"
#include "request_head.hpp"

namespace cookbook::http_client {
namespace {

using boost::system::system_error;

/// Whether a connection has ended so that the server may not have seen what was sent last.
bool is_lost(const error_code& error) {
    return error == Error::no_response || error == asio::error::connection_reset ||
           error == asio::error::broken_pipe;
}

/// Makes a body ready to be sent again.
bool rewind(const Body& body) {
    return body.source() == nullptr || body.source()->rewind();
}

/// The code of an exception; none if it has none.
std::error_code code_of(const std::exception& failure) {
    if (const auto* error = dynamic_cast<const system_error*>(&failure)) {
        return error->code();
    }
    if (const auto* error = dynamic_cast<const std::system_error*>(&failure)) {
        return error->code();
    }
    return {};
}

}  // namespace

struct Session::State {
    explicit State(Options chosen) : options(std::move(chosen)) {}

    asio::awaitable<Response> follow(const Request& request, Hop& hop);
    asio::awaitable<void> send(OutgoingRequest outgoing, Origin origin, bool may_repeat,
                               Response& response, BodySink& sink);
    asio::awaitable<bool> send_on_idle(const OutgoingRequest& outgoing, Origin origin,
                                       bool may_repeat, Response& response, BodySink& sink);
    std::unique_ptr<Connection> take_idle(const Origin& origin);
    void keep(const Origin& origin, std::unique_ptr<Connection> connection);
    const tls::ClientTrust& trust();

    struct Idle {
        Origin origin;
        std::unique_ptr<Connection> connection;
    };

    Options options;
    std::vector<Idle> idle = {};  // the newest last
    std::optional<tls::ClientTrust> tls_trust = {};
};

/// Reading the system's authorities takes its time: only who speaks TLS pays for it.
const tls::ClientTrust& Session::State::trust() {
    if (!tls_trust) {
        tls_trust.emplace(options.tls);
    }
    return *tls_trust;
}

/// The idle connection to the origin, if there is one that is good.
std::unique_ptr<Connection> Session::State::take_idle(const Origin& origin) {
    const auto found = std::ranges::find(idle, origin, &Idle::origin);
    if (found == idle.end()) {
        return nullptr;
    }
    std::unique_ptr<Connection> connection = std::move(found->connection);
    idle.erase(found);
    return connection->is_quiet() ? std::move(connection) : nullptr;
}

void Session::State::keep(const Origin& origin, std::unique_ptr<Connection> connection) {
    constexpr std::size_t max_idle = 100;
    const bool has_one = std::ranges::find(idle, origin, &Idle::origin) != idle.end();
    if (has_one || !connection->received().empty()) {
        return;
    }
    if (idle.size() == max_idle) {
        idle.erase(idle.begin());
    }
    idle.push_back({origin, std::move(connection)});
}

/// Sends the request on the idle connection. False if there is none, or if it was lost before the
/// server responded: it may have ended it while we sent, and did not see the request.
asio::awaitable<bool> Session::State::send_on_idle(const OutgoingRequest& outgoing, Origin origin,
                                                   bool may_repeat, Response& response,
                                                   BodySink& sink) {
    std::unique_ptr<Connection> connection = take_idle(origin);
    if (!connection) {
        co_return false;
    }
    bool answered = false;
    try {
        const bool keep_alive = co_await exchange(*connection, outgoing, response, sink,
                                                  options.read_timeout, answered);
        if (keep_alive) {
            keep(origin, std::move(connection));
        }
        co_return true;
    } catch (const system_error& error) {
        if (answered || !may_repeat || !is_lost(error.code()) || !rewind(outgoing.body)) {
            throw;
        }
    }
    co_return false;
}

asio::awaitable<void> Session::State::send(OutgoingRequest outgoing, Origin origin, bool may_repeat,
                                           Response& response, BodySink& sink) {
    const bool sent = co_await send_on_idle(outgoing, origin, may_repeat, response, sink);
    if (sent) {
        co_return;
    }
    std::unique_ptr<Connection> connection =
        co_await open_connection(origin, options.connect, origin.is_https ? &trust() : nullptr);
    bool answered = false;
    const bool keep_alive =
        co_await exchange(*connection, outgoing, response, sink, options.read_timeout, answered);
    if (keep_alive) {
        keep(origin, std::move(connection));
    }
}

asio::awaitable<Response> Session::State::follow(const Request& request, Hop& hop) {
    const Origin first = hop.url.origin;
    std::vector<Response> history;
    for (;;) {
        Response response;
        Delivery delivery(response, request.sink, {options.max_body, options.follow_redirects});
        OutgoingRequest outgoing = {
            .head = compose_head(request, hop, options.fields, {}, options.connect.proxy),
            .body = hop.has_content ? request.body : Body(),
            .kind = hop.method == "HEAD" ? InResponseTo::head : InResponseTo::any};
        co_await send(std::move(outgoing), hop.url.origin, is_idempotent(hop.method), response,
                      delivery);
        response.url = to_string(hop.url);
        if (!delivery.is_passed_over()) {
            response.history = std::move(history);
            co_return response;
        }
        if (history.size() == options.max_redirects) {
            throw system_error(Error::too_many_redirects);
        }
        hop = next_hop(hop, response, first);
        if (hop.has_content && !rewind(request.body)) {
            throw system_error(Error::cannot_repeat);
        }
        history.push_back(std::move(response));
    }
}

Session::Session(Options options) : state_(std::make_unique<State>(std::move(options))) {}
Session::~Session() = default;

asio::awaitable<Response> Session::request(Request request) {
    check(request);
    Hop hop = first_hop(request);
    const std::string name = request.method + ' ' + to_string(hop.url);
    const Url first = hop.url;
    try {
        co_return co_await state_->follow(request, hop);
    } catch (const std::exception& failure) {
        const std::error_code code = code_of(failure);
        if (code == std::errc::operation_canceled) {
            throw;
        }
        const std::string where =
            hop.url == first ? "" : "redirected to " + to_string(hop.url) + ": ";
        throw RequestError(name + ": " + where + describe(failure), code);
    }
}

asio::awaitable<Response> Session::get(std::string url, Request more) {
    return send("GET", std::move(url), std::move(more));
}
asio::awaitable<Response> Session::head(std::string url, Request more) {
    return send("HEAD", std::move(url), std::move(more));
}
asio::awaitable<Response> Session::options(std::string url, Request more) {
    return send("OPTIONS", std::move(url), std::move(more));
}
asio::awaitable<Response> Session::remove(std::string url, Request more) {
    return send("DELETE", std::move(url), std::move(more));
}
asio::awaitable<Response> Session::post(std::string url, Body body, Request more) {
    more.body = std::move(body);
    return send("POST", std::move(url), std::move(more));
}
asio::awaitable<Response> Session::put(std::string url, Body body, Request more) {
    more.body = std::move(body);
    return send("PUT", std::move(url), std::move(more));
}
asio::awaitable<Response> Session::patch(std::string url, Body body, Request more) {
    more.body = std::move(body);
    return send("PATCH", std::move(url), std::move(more));
}

asio::awaitable<Response> Session::send(std::string_view method, std::string url, Request more) {
    more.method = method;
    more.url = std::move(url);
    return request(std::move(more));
}

}  // namespace cookbook::http_client
