// Requests that belong together: their connections, cookies and redirects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "connection/connection.hpp"
#include "message/request.hpp"
#include "message/response.hpp"

namespace cookbook::http_client {

struct Options {
    /// Sent with each request that does not have its own of that name.
    Fields fields = {{"User-Agent", "network-cookbook/1"}, {"Accept", "*/*"}};
    bool follow_redirects = true;
    std::size_t max_redirects = 30;
    /// Ask for gzip and deflate, and undo them.
    bool decode = true;
    /// Bytes of a response's body, decoded.
    std::uint64_t max_body = std::uint64_t{1} << 30U;
    ConnectOptions connect = {};
    /// The longest that a server may neither take nor send anything.
    asio::steady_timer::duration read_timeout = 30s;
    tls::ClientOptions tls = {.alpn = {"http/1.1"}};
};

/// A client that keeps its connections, one idle one for each origin, and its cookies, as
/// requests.Session does. Several requests may be under way at once, on one thread or strand.
class Session {
public:
    explicit Session(Options options = {});
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    /// Sends the request and returns the response at the end of all redirects, whatever its status.
    /// Throws std::invalid_argument, before anything is sent, if a part of the request is
    /// malformed; RequestError if no whole response comes. The session must outlive it.
    asio::awaitable<Response> request(Request request);

    asio::awaitable<Response> get(std::string url, Request more = {});
    asio::awaitable<Response> head(std::string url, Request more = {});
    asio::awaitable<Response> options(std::string url, Request more = {});
    asio::awaitable<Response> remove(std::string url, Request more = {});  // DELETE
    asio::awaitable<Response> post(std::string url, Body body, Request more = {});
    asio::awaitable<Response> put(std::string url, Body body, Request more = {});
    asio::awaitable<Response> patch(std::string url, Body body, Request more = {});

private:
    asio::awaitable<Response> send(std::string_view method, std::string url, Request more);

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cookbook::http_client
