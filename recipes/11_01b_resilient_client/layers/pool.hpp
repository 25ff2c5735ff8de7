// The innermost layer: one attempt, on a connection that is kept for the next one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>

#include "11_01_http_client/connection/connection.hpp"
#include "11_01_http_client/session.hpp"
#include "11_10_tls/trust.hpp"
#include "layer.hpp"

namespace cookbook::resilient_client {

struct PoolOptions {
    http_client::Options http = {};  // redirects are responses here, and cookies nobody's
    std::size_t max_per_origin = 6;  // connections, at least 1
    asio::steady_timer::duration timeout = 30s;       // of an attempt, from its connection on
    asio::steady_timer::duration idle_timeout = 30s;  // then a connection is closed
};

/// Connections by origin. Of the idle ones the most recently used is taken first, so that the
/// others may grow old; each is looked at before. Who finds all in use waits, in order of arrival.
/// Several calls may be under way at once.
class Pool {
public:
    explicit Pool(PoolOptions options) : options_(std::move(options)) {}

    /// Sends the request once. But an idle connection may be lost before the server sees the
    /// request: if that may be sent twice, a new connection takes its place, at once, and that is
    /// no second attempt.
    asio::awaitable<Result> send(Call& call);

    /// Connections opened so far.
    [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }
    /// Those that are idle, and not known to be closed.
    [[nodiscard]] std::size_t idle() const noexcept;

private:
    struct Host;
    struct Attempt;

    std::shared_ptr<Host> host_of(const Origin& origin);
    const tls::ClientTrust* trust_in(const Origin& origin);
    asio::awaitable<void> connect(Attempt& attempt);
    asio::awaitable<void> exchange_on(Attempt& attempt);
    asio::awaitable<void> exchange(Attempt& attempt);
    void forget_closed();

    PoolOptions options_;
    std::map<Origin, std::shared_ptr<Host>> hosts_;
    std::optional<tls::ClientTrust> trust_;  // read once somebody speaks TLS
    std::chrono::steady_clock::time_point next_look_ = {};
    std::uint64_t connections_ = 0;
};

}  // namespace cookbook::resilient_client
