#include "gate.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <string>
#include <utility>

#include "11_04_cidr_addresses/text/text.hpp"

namespace cookbook::xml_rpc_service {
namespace {

constexpr std::size_t password_threads = 2;
constexpr std::size_t max_password_checks = password_threads + 16;

/// Counts a check as long as it lasts.
class CheckCount {
public:
    explicit CheckCount(std::size_t& count) : count_(++count) {}
    CheckCount(const CheckCount&) = delete;
    CheckCount& operator=(const CheckCount&) = delete;
    ~CheckCount() { --count_; }

private:
    std::size_t& count_;
};

RateLimiter::Clock::duration take_from(RateLimiter& limiter, const http::Request& request) {
    return limiter.take(rated_peer(request.peer.address()), RateLimiter::Clock::now());
}

}  // namespace

Gate::Gate(AccessOptions options)
    : options_(std::move(options)), rate_(options_.rate), passwords_(password_threads) {}

std::optional<http::Response> Gate::refuse_peer(const http::Request& request) const {
    const Address peer = cidr_addresses::peer_address(request.peer.address());
    if (options_.admission.admits(peer)) {
        return {};
    }
    spdlog::info("refused {}", cidr_addresses::to_string(peer));
    http::Response response = http::error_response(http::status::forbidden, "Forbidden");
    response.close = true;
    return response;
}

std::optional<http::Response> Gate::refuse_rate(const http::Request& request) {
    const auto wait = take_from(rate_, request);
    if (wait == wait.zero()) {
        return {};
    }
    http::Response response =
        http::error_response(http::status::too_many_requests, "too many calls: wait a moment");
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
    response.add(http::field::retry_after, std::to_string(seconds.count()));
    return response;
}

bool Gate::take_turn(const http::Request& request) {
    const auto wait = take_from(rate_, request);
    return wait == wait.zero();
}

const Roles* Gate::roles_of(const http::Request& request) const {
    const auto authorization = authorization_of(request);
    if (!authorization) {
        return &options_.anonymous;
    }
    const auto* session = std::any_cast<Session>(request.session);
    return session != nullptr && are_equal(session->authorization, fingerprint_(*authorization))
               ? session->roles
               : nullptr;
}

asio::awaitable<http::Result<const Roles*>> Gate::authenticate(http::Request& request) {
    const std::string_view authorization = authorization_of(request).value_or("");
    const std::optional<BasicCredentials> given = parse_basic(authorization);
    if (!given) {
        co_return http::Error(http::status::unauthorized, "no name and password");
    }
    if (checks_ == max_password_checks) {
        co_return http::Error(http::status::service_unavailable, "too many passwords to check");
    }
    const CheckCount count(checks_);
    const User* user = nullptr;
    co_await http::on_thread(passwords_, [&] {
        user = options_.users.authenticate(given->name, given->password);
        return http::Response();
    });
    if (user == nullptr) {
        spdlog::info("a wrong name or password from {}", to_string(request.peer));
        co_return http::Error(http::status::unauthorized, "a wrong name or password");
    }
    if (request.session != nullptr) {
        *request.session = Session{fingerprint_(authorization), &user->roles};
    }
    co_return &user->roles;
}

http::Response to_response(const http::Error& error) {
    http::Response response = http::error_response(error);
    if (error.status == http::status::unauthorized) {
        response.add(http::field::www_authenticate, R"(Basic realm="XML-RPC", charset="UTF-8")");
    } else {
        response.add(http::field::retry_after, "1");
    }
    return response;
}

}  // namespace cookbook::xml_rpc_service
