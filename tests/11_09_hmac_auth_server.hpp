// The server of recipe 11.9 that its tests talk to, and what it logs.
#pragma once

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "11_09_hmac_auth/challenge.hpp"
#include "11_09_hmac_auth/echo.hpp"
#include "11_09_hmac_auth/hmac_auth.hpp"
#include "support/running_server.hpp"

namespace cookbook::testing {

inline constexpr std::string_view secret = "peekaboo";

inline hmac_auth::Mac mac_of(std::string_view key = secret,
                             hmac_auth::Digest digest = hmac_auth::Digest::sha256) {
    return {Key(key), digest};
}

inline std::string to_text(const hmac_auth::Mac::Value& mac) {
    return {mac.data(), mac.size()};
}
inline std::string to_text(const hmac_auth::Nonce& nonce) {
    return {nonce.data(), nonce.size()};
}

/// The MAC of a text, by the recipe's own Mac, which is tested beside published MACs.
inline std::string mac_of_text(std::string_view message, std::string_view key = secret,
                               hmac_auth::Digest digest = hmac_auth::Digest::sha256) {
    return to_text(mac_of(key, digest)(message));
}

/// A RunningServer that echoes for those who know the key.
class AuthServer : public RunningServer {
public:
    explicit AuthServer(const asio::any_io_executor& executor, hmac_auth::Options options = {},
                        Limits limits = {}, hmac_auth::Digest digest = hmac_auth::Digest::sha256,
                        std::string host = "127.0.0.1")
        : RunningServer(executor, {std::move(host), 0}, [&](tcp::acceptor acceptor) {
              return hmac_auth::serve_echo(std::move(acceptor), mac_of(secret, digest), options,
                                           limits);
          }) {}
};

/// What is logged, as long as the object lives.
class Log {
public:
    Log() : before_(spdlog::default_logger()) {
        auto sink = std::make_shared<spdlog::sinks::ostream_sink_st>(text_);
        auto logger = std::make_shared<spdlog::logger>("log", std::move(sink));
        logger->set_pattern("%l: %v");
        spdlog::set_default_logger(std::move(logger));
    }
    ~Log() { spdlog::set_default_logger(before_); }
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    [[nodiscard]] std::string text() const { return text_.str(); }

private:
    std::ostringstream text_;
    std::shared_ptr<spdlog::logger> before_;
};

}  // namespace cookbook::testing
