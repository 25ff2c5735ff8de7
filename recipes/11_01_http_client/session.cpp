#include "session.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/async/describe.hpp"
#include "connection/exchange.hpp"
#include "delivery.hpp"
#include "hop.hpp"
#include "message/error.hpp"
#include "request_head.hpp"

namespace cookbook::http_client {
namespace {

using boost::system::system_error;

/// Makes a body ready to be sent again.
bool rewind(const Body& body) {
    return body.source() == nullptr || body.source()->rewind();
}

}  // namespace

struct Session::State {
    explicit State(Options chosen) : options(std::move(chosen)) {}

    asio::awaitable<Response> follow(const Request& request, Hop& hop);
    asio::awaitable<void> take_hop(const Request& request, const Hop& hop, Response& response,
                                   Delivery& delivery);
    asio::awaitable<void> send(OutgoingRequest outgoing, Origin origin, bool may_repeat,
                               Response& response, BodySink& sink);
    std::unique_ptr<Connection> take_idle(const Origin& origin);
    void keep(const Origin& origin, std::unique_ptr<Connection> connection);
    const tls::ClientTrust& trust();

    struct Idle {
        Origin origin;
        std::unique_ptr<Connection> connection;
    };

    Options options;
    CookieJar jar = {};
    std::vector<Idle> idle = {};  // the newest last
    std::optional<tls::ClientTrust> tls_trust = {};
};

/// Reading the system's authorities takes its time: only who speaks TLS pays for it.
const tls::ClientTrust& Session::State::trust() {
    if (!tls_trust) {
        tls::ClientOptions tls = options.tls;
        tls.handshake_timeout = options.connect.timeout;  // nothing else is to cut it
        tls_trust.emplace(std::move(tls));
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

/// Sends the request on the idle connection, if there is one. That may have been lost before the
/// server saw the request: then another one takes its place, once.
asio::awaitable<void> Session::State::send(OutgoingRequest outgoing, Origin origin, bool may_repeat,
                                           Response& response, BodySink& sink) {
    for (const bool may_be_idle : {true, false}) {
        std::unique_ptr<Connection> connection = may_be_idle ? take_idle(origin) : nullptr;
        const bool is_new = !connection;
        if (is_new) {
            const tls::ClientTrust* const whom = origin.is_https ? &trust() : nullptr;
            connection = co_await open_connection(origin, options.connect, whom);
        }
        bool answered = false;
        try {
            const bool keep_alive = co_await exchange(*connection, outgoing, response, sink,
                                                      options.read_timeout, answered);
            if (keep_alive) {
                keep(origin, std::move(connection));
            }
            co_return;
        } catch (const system_error& error) {
            const bool may_be_unseen = !is_new && !answered && is_lost(error.code());
            if (!may_be_unseen || !may_repeat || !rewind(outgoing.body)) {
                throw;
            }
        }
    }
}

/// Sends the request on this hop, and takes its cookies.
asio::awaitable<void> Session::State::take_hop(const Request& request, const Hop& hop,
                                               Response& response, Delivery& delivery) {
    OutgoingRequest outgoing = {
        .head = compose_head(request, hop, options.fields, jar.field_for(hop.url),
                             options.connect.proxy),
        .body = hop.has_content ? request.body : Body(),
        .kind = hop.method == "HEAD" ? InResponseTo::head : InResponseTo::any};
    try {
        co_await send(std::move(outgoing), hop.url.origin, is_idempotent(hop.method), response,
                      delivery);
        delivery.finish();
    } catch (const system_error& error) {
        // Where a redirect leads is known, whatever becomes of its body.
        if (!delivery.is_passed_over() || error.code() == asio::error::operation_aborted) {
            throw;
        }
    }
    response.url = to_string(hop.url);
    for (const std::string_view cookie : response.fields.all("Set-Cookie")) {
        jar.take(hop.url, cookie);
    }
}

asio::awaitable<Response> Session::State::follow(const Request& request, Hop& hop) {
    const Origin first = hop.url.origin;
    std::vector<Response> history;
    for (;;) {
        if (hop.has_content && !rewind(request.body)) {
            throw system_error(Error::cannot_repeat);
        }
        Response response;
        Delivery delivery(response, request.sink,
                          {options.decode, options.max_body, options.follow_redirects});
        co_await take_hop(request, hop, response, delivery);
        if (!delivery.is_passed_over()) {
            response.history = std::move(history);
            co_return response;
        }
        if (history.size() == options.max_redirects) {
            throw system_error(Error::too_many_redirects);
        }
        hop = next_hop(hop, response, first);
        history.push_back(std::move(response));
    }
}

Session::Session(Options options) : state_(std::make_unique<State>(std::move(options))) {}
Session::~Session() = default;

CookieJar& Session::cookies() noexcept {
    return state_->jar;
}

asio::awaitable<Response> Session::request(Request request) {
    check(request);
    const Hop first = first_hop(request);
    if (!request.credentials) {
        request.credentials = first.url.credentials;  // for each hop to the first origin
    }
    Hop hop = first;
    try {
        co_return co_await state_->follow(request, hop);
    } catch (const std::exception& failure) {
        const std::error_code code = code_of(failure);
        if (code == std::errc::operation_canceled) {
            throw;
        }
        const std::string name = request.method + ' ' + to_string(first.url);
        const std::string where =
            hop.url == first.url ? "" : "redirected to " + to_string(hop.url) + ": ";
        throw RequestError(name + ": " + where + describe(failure), code);
    }
}

}  // namespace cookbook::http_client
