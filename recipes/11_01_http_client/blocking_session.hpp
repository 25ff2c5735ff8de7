// A session for programs without an event loop.
#pragma once

#include "common/async/asio.hpp"
#include "message/response.hpp"
#include "session.hpp"
#include "verbs.hpp"

namespace cookbook::http_client {

/// A Session whose calls return when the response is whole. It runs on an io_context of its own,
/// and on the thread that calls: one at a time.
///
///     BlockingSession session;
///     const Response response = session.get("https://example.org/");
class BlockingSession : public Verbs<BlockingSession, Response> {
public:
    explicit BlockingSession(Options options = {}) : session_(std::move(options)) {}

    /// As Session's.
    Response request(Request request);
    [[nodiscard]] CookieJar& cookies() noexcept { return session_.cookies(); }

private:
    asio::io_context context_{1};
    Session session_;
};

}  // namespace cookbook::http_client
