// What HTTP decides before a document is read: who may speak to us, how often, and as whom.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <optional>

#include "11_04_cidr_addresses/server/admission.hpp"
#include "authorization.hpp"
#include "common/http/application.hpp"
#include "rate.hpp"
#include "users.hpp"

namespace cookbook::xml_rpc_service {

using cidr_addresses::Admission;

struct AccessOptions {
    Admission admission = {};
    RateLimits rate = {};
    Users users = {};
    Roles anonymous = {};  // of those who do not say who they are
};

/// One thread, but for the passwords: these are checked on threads of its own.
class Gate {
public:
    explicit Gate(AccessOptions options = {});

    /// 403 for a peer that is not admitted; its connection is closed.
    [[nodiscard]] std::optional<http::Response> refuse_peer(const http::Request& request) const;

    /// 429, with the time to wait, for a peer that has no call left. Otherwise one is taken.
    [[nodiscard]] std::optional<http::Response> refuse_rate(const http::Request& request);
    /// Takes one call more, if there is one.
    [[nodiscard]] bool take_turn(const http::Request& request);

    /// The roles of whoever sends the request; null if that takes authenticate(). On a connection
    /// it does so once: the Authorization that was right is known again.
    [[nodiscard]] const Roles* roles_of(const http::Request& request) const;

    /// The same, after the password was checked: 401 if it is wrong, and 503 if too many are to be
    /// checked.
    asio::awaitable<http::Result<const Roles*>> authenticate(http::Request& request);

private:
    /// What is remembered of a connection.
    struct Session {
        Fingerprint authorization;
        const Roles* roles;
    };

    AccessOptions options_;
    RateLimiter rate_;
    Fingerprinter fingerprint_;
    std::size_t checks_ = 0;       // that run, or wait for a thread
    asio::thread_pool passwords_;  // last: its threads use what is above
};

/// The response for an Error of Gate::authenticate().
[[nodiscard]] http::Response to_response(const http::Error& error);

}  // namespace cookbook::xml_rpc_service
