#include "flights.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include "11_07_messaging/json/json.hpp"
#include "11_08_rpc/forms/json_rpc_error.hpp"
#include "common/async/within.hpp"

namespace cookbook::rpc {

Context::clock::time_point deadline_after(Context::clock::time_point start,
                                          std::optional<Seconds> timeout) {
    constexpr auto never = Context::clock::time_point::max();
    // Far away is never, and must not overflow.
    const bool is_limited = timeout && *timeout < std::chrono::hours(24 * 365 * 100);
    return is_limited ? start + std::chrono::ceil<Context::clock::duration>(*timeout) : never;
}

class Flights::Place {
public:
    Place(std::list<Flight>& flights, Flight flight)
        : flights_(flights), position_(flights.insert(flights.end(), std::move(flight))) {}
    ~Place() { flights_.erase(position_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    Flight* operator->() { return &*position_; }

private:
    std::list<Flight>& flights_;
    std::list<Flight>::iterator position_;
};

asio::awaitable<Value> Flights::run(std::optional<Value> id, Context::clock::time_point deadline,
                                    asio::awaitable<Value> call) {
    std::string name = id ? messaging::to_json(*id) : "";
    Place flight(flights_, {std::move(name), asio::steady_timer(executor_, deadline)});
    // [step 5] Let its limit end it, and say so. (stub: co_return co_await std::move(call);)
    try {
        co_return co_await within(flight->limit, std::move(call));
    } catch (...) {
        if (flight->is_cancelled) {
            throw JsonRpcError(Code::request_cancelled);
        }
        if (flight->limit.expiry() <= Context::clock::now()) {
            throw JsonRpcError(Code::deadline_passed);
        }
        throw;
    }
    // [end]
}

void Flights::cancel(const Value& id) {
    const std::string name = messaging::to_json(id);
    for (Flight& flight : flights_) {
        if (flight.id == name) {
            flight.is_cancelled = true;
            flight.limit.cancel();
        }
    }
}

}  // namespace cookbook::rpc
