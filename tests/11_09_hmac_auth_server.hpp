// The server of recipe 11.9 that its tests talk to, and what it logs.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "11_09_hmac_auth/challenge.hpp"
#include "11_09_hmac_auth/echo.hpp"
#include "11_09_hmac_auth/hmac_auth.hpp"
#include "support/log.hpp"
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

}  // namespace cookbook::testing
