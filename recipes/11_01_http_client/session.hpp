// Requests that belong together: their connections, cookies and redirects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "connection/connection.hpp"
#include "cookies/cookie_jar.hpp"
#include "message/request.hpp"
#include "message/response.hpp"
#include "verbs.hpp"
#include "wire/content_coding.hpp"

namespace cookbook::http_client {

struct Options {
    /// Sent with each request that does not have its own of that name.
    Fields fields = {{"User-Agent", "network-cookbook/1"},
                     {"Accept", "*/*"},
                     {"Accept-Encoding", accepted_codings}};
    bool follow_redirects = true;
    std::size_t max_redirects = 30;
    /// Whether gzip and deflate, which are asked for, are undone.
    bool decode = true;
    /// Bytes of a response's body, decoded.
    std::uint64_t max_body = std::uint64_t{1} << 30U;
    ConnectOptions connect = {};
    /// The longest that a server may neither take nor send anything.
    asio::steady_timer::duration read_timeout = 30s;
    tls::ClientOptions tls = {.alpn = {"http/1.1"}};  // its handshake has connect.timeout
};

/// A client that keeps its connections, one idle one per origin, and its cookies, as
/// requests.Session does. Several requests may be under way at once, on one thread or strand.
///
///     Session session;
///     const Response response = co_await session.get("https://example.org/");
class Session : public Verbs<Session, asio::awaitable<Response>> {
public:
    explicit Session(Options options = {});
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// Sends the request and returns the response at the end of all redirects, whatever its status.
    /// Throws std::invalid_argument, before anything is sent, if a part of the request is
    /// malformed; RequestError if no whole response comes. The session must outlive it.
    asio::awaitable<Response> request(Request request);

    /// Taken from each response, and sent with each request that they are for.
    [[nodiscard]] CookieJar& cookies() noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cookbook::http_client
