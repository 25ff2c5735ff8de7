#include "breakers.hpp"

#include <utility>

#include "common/net/address.hpp"

namespace cookbook::resilient_client {

/// A call behind the circuit. If it ends without a verdict, it was cancelled.
class Breakers::Visit {
public:
    Visit(Breakers& breakers, const Origin& origin, CircuitBreaker::Pass pass)
        : breakers_(breakers), origin_(origin), pass_(pass) {}
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;
    ~Visit() {
        CircuitBreaker& circuit = this->circuit();
        if (verdict_ == Verdict::success) {
            circuit.on_success(pass_);
        } else if (verdict_ == Verdict::none) {
            circuit.on_cancelled(pass_);
        } else if (circuit.on_failure(pass_, std::chrono::steady_clock::now())) {
            ++breakers_.opened_;
        }
        if (circuit.is_like_new()) {
            breakers_.circuits_.erase(origin_);
        }
    }

    void end(Verdict verdict) { verdict_ = verdict; }

private:
    CircuitBreaker& circuit() {
        return breakers_.circuits_.try_emplace(origin_, breakers_.policy_).first->second;
    }

    Breakers& breakers_;
    Origin origin_;
    CircuitBreaker::Pass pass_;
    Verdict verdict_ = Verdict::none;
};

Verdict verdict_on(const Result& result) {
    if (result) {
        return result->status < 500 ? Verdict::success : Verdict::failure;
    }
    switch (result.error().kind) {
        case Failure::Kind::unreachable:
        case Failure::Kind::untrusted:
        case Failure::Kind::lost:
            return Verdict::failure;
        case Failure::Kind::refused:
            return Verdict::success;  // a response has come
        default:
            return Verdict::none;
    }
}

asio::awaitable<Result> Breakers::send(Call& call) {
    const Origin& origin = call.url.origin;
    CircuitBreaker& circuit = circuits_.try_emplace(origin, policy_).first->second;
    const auto pass = circuit.enter(std::chrono::steady_clock::now());
    if (!pass) {
        co_return Failure{Failure::Kind::circuit_open,
                          "circuit open: " + to_string(HostPort{origin.host, origin.port})};
    }
    Visit visit(*this, origin, *pass);
    Result result = co_await next_(call);
    visit.end(verdict_on(result));
    co_return result;
}

}  // namespace cookbook::resilient_client
