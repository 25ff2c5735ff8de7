#include "client.hpp"

#include <exception>
#include <random>
#include <stdexcept>
#include <utility>

#include "11_01_http_client/hop.hpp"
#include "11_01_http_client/request_head.hpp"
#include "common/async/within.hpp"
#include "gather.hpp"
#include "layers/breakers.hpp"
#include "layers/cache.hpp"

namespace cookbook::resilient_client {
namespace {

using std::chrono::steady_clock;

Retries::Random dice() {
    return [engine = std::mt19937_64(std::random_device{}())]() mutable {
        return std::uniform_real_distribution<double>(0, 1)(engine);
    };
}

/// fetch_all() as jobs.
class Fetches final : public Jobs {
public:
    Fetches(Client& client, std::span<const Request> requests, bool fail_fast)
        : client_(client), requests_(requests), fail_fast_(fail_fast), attempts_(requests.size()) {
        results_.assign(requests.size(), cancelled(0));
    }

    asio::awaitable<bool> run(std::size_t number, Place& place) override {
        results_[number] = co_await client_.fetch(
            requests_[number], {.place = &place, .cancelled_attempts = &attempts_[number]});
        co_return results_[number].has_value() || !fail_fast_;
    }
    void on_cancelled(std::size_t number) override {
        results_[number] = cancelled(attempts_[number]);
    }
    void on_turn(std::size_t) override {}

    std::vector<Result> take() && { return std::move(results_); }

private:
    static Failure cancelled(unsigned attempts) {
        return {Failure::Kind::cancelled, "cancelled", attempts};
    }

    Client& client_;
    std::span<const Request> requests_;
    bool fail_fast_;
    std::vector<unsigned> attempts_;  // of those that are cancelled
    std::vector<Result> results_;
};

}  // namespace

struct Client::Layers {
    explicit Layers(ClientOptions options)
        : has_cache(options.cache > 0),
          has_breakers(options.breaker.max_failures > 0),
          pool(std::move(options.pool)),
          retries(std::move(options.retry), options.budget,
                  options.random ? std::move(options.random) : dice(),
                  [this](Call& call) { return pool.send(call); }),
          breakers(options.breaker, [this](Call& call) { return retries.send(call); }),
          cache(options.cache, Freshness(options.flat_cache),
                [this](Call& call) { return send_past_cache(call); }) {}

    asio::awaitable<Result> send(Call& call) {
        return has_cache ? cache.send(call) : send_past_cache(call);
    }
    asio::awaitable<Result> send_past_cache(Call& call) {
        return has_breakers ? breakers.send(call) : retries.send(call);
    }

    bool has_cache;
    bool has_breakers;
    Pool pool;
    Retries retries;
    Breakers breakers;
    Cache cache;
    std::uint64_t requests = 0;
};

Client::Client(ClientOptions options) : layers_(std::make_unique<Layers>(std::move(options))) {}
Client::~Client() = default;

asio::awaitable<Result> Client::fetch(Request request, FetchOptions how) {
    ++layers_->requests;
    Call call{.request = std::move(request), .url = {}, .end = how.end, .place = how.place};
    try {
        check(call.request);
        call.url = first_hop(call.request).url;
        if (!call.request.credentials) {
            call.request.credentials = call.url.credentials;  // which the cache looks at, too
        }
    } catch (const std::invalid_argument& malformed) {
        co_return Failure{Failure::Kind::usage, malformed.what()};
    }
    Result result = Failure{Failure::Kind::out_of_time, "timed out: the time for all is over"};
    try {
        if (!call.end) {
            result = co_await layers_->send(call);
        } else if (const auto left = *call.end - steady_clock::now(); left.count() > 0) {
            result = co_await within(left, layers_->send(call));
        }
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::timed_out) {
            if (how.cancelled_attempts) {
                *how.cancelled_attempts = call.attempts;
            }
            throw;
        }
    }
    if (!result) {
        co_return Failure{result.error().kind, result.error().reason, call.attempts};
    }
    result->attempts = call.attempts;
    co_return result;
}

asio::awaitable<std::vector<Result>> Client::fetch_all(std::span<const Request> requests,
                                                       FetchAllOptions how) {
    Fetches fetches(*this, requests, how.fail_fast);
    co_await gather(fetches, requests.size(), how.concurrency);
    co_return std::move(fetches).take();
}

Statistics Client::statistics() const noexcept {
    return {.requests = layers_->requests,
            .connections = layers_->pool.connections(),
            .retries = layers_->retries.retries(),
            .hits = layers_->cache.hits(),
            .revalidated = layers_->cache.revalidated(),
            .opened = layers_->breakers.opened()};
}

}  // namespace cookbook::resilient_client
