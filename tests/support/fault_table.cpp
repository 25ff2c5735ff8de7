#include "support/fault_table.hpp"

#include <algorithm>
#include <cerrno>
#include <exception>
#include <set>
#include <stdexcept>
#include <utility>

#include "common/async/within.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/failure.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace cookbook::testing {

namespace {

using clock = std::chrono::steady_clock;

// How an exchange ended.
struct Outcome {
    bool too_late = false;
    bool right = false;
    std::string error;  // empty: a reply came
};

// Faults that slow a connection down and break nothing.
bool is_harmless(Fault fault) {
    return fault == Fault::pass || fault == Fault::one_byte_segments || fault == Fault::delay;
}

asio::awaitable<Outcome> attempt(const Exchange& exchange, tcp::endpoint endpoint,
                                 std::chrono::milliseconds client_limit,
                                 std::chrono::milliseconds limit) {
    Outcome outcome;
    const auto begin = clock::now();
    try {
        outcome.right = co_await within(limit, exchange(endpoint, client_limit));
    } catch (const std::logic_error&) {
        throw;
    } catch (const std::exception& error) {
        outcome.error = error.what();
    }
    outcome.too_late = clock::now() - begin >= limit;
    co_return outcome;
}

// What is wrong with it; empty if nothing is.
std::string judge(const Outcome& outcome, Fault fault) {
    if (outcome.too_late) {
        return "neither a reply nor an error came within the limit";
    }
    if (!outcome.error.empty() && is_harmless(fault)) {
        return "no reply came, but " + outcome.error;
    }
    if (outcome.error.empty() && !outcome.right) {
        return "a wrong reply was taken for a right one";
    }
    return "";
}

// Waits until no more than `count` descriptors are open, as long as the limit. A server in another
// thread closes its own when it comes to it, so this looks again and again.
asio::awaitable<std::string> wait_for_descriptors(std::size_t count,
                                                  std::chrono::milliseconds limit) {
    const Waiting waiting("the server to close its connections");
    for (const auto end = clock::now() + limit; clock::now() < end; co_await settle()) {
        if (open_descriptors() <= count) {
            co_return "";
        }
    }
    co_return std::to_string(open_descriptors() - count) + " descriptors were left open";
}

asio::awaitable<std::string> run_plan(FaultProxy::Endpoint server, FaultPlan plan,
                                      const Exchange& exchange, FaultTable table) {
    const Waiting waiting("the exchange under the fault: " + to_string(plan));
    const FaultProxy proxy(co_await asio::this_coro::executor, server, plan);
    const auto client_limit = is_harmless(plan.fault) ? table.limit : table.client_limit;
    const Outcome outcome = co_await attempt(exchange, proxy.endpoint(), client_limit, table.limit);
    co_return judge(outcome, plan.fault);
}

// One row of the table: the exchange under its fault, what it has left behind, and the next client.
asio::awaitable<std::string> run_row(FaultProxy::Endpoint server, FaultPlan plan,
                                     const Exchange& exchange, FaultTable table) {
    // What a server opens once and keeps, such as the epoll of a thread that begins late, is no
    // leak: only what a second exchange leaves too.
    std::string leak;
    std::size_t before = 0;
    for (int attempts = 0; attempts < 2; ++attempts) {
        before = open_descriptors();
        std::string problem = co_await run_plan(server, plan, exchange, table);
        if (!problem.empty()) {
            co_return problem;
        }
        leak = co_await wait_for_descriptors(before, table.limit);
        if (leak.empty()) {
            break;
        }
    }
    if (!leak.empty()) {
        co_return leak;
    }
    const std::string problem = co_await run_plan(server, FaultPlan{}, exchange, table);
    if (!problem.empty()) {
        co_return "the next client is not served: " + problem;
    }
    co_await wait_for_descriptors(before, table.limit);
    co_return "";
}

}  // namespace

std::vector<FaultPlan> fault_plans(const FaultTable& table) {
    std::vector<FaultPlan> plans;
    for (const Direction direction : {Direction::to_server, Direction::to_client}) {
        for (const Fault fault : {Fault::pass, Fault::one_byte_segments, Fault::delay}) {
            plans.push_back({.fault = fault, .direction = direction});
        }
        const std::size_t size =
            direction == Direction::to_server ? table.request_size : table.reply_size;
        const std::size_t last = size == 0 ? 0 : size - 1;
        const std::set<std::size_t> places = {0, std::min<std::size_t>(1, last), size / 2, last};
        for (const Fault fault : {Fault::stall, Fault::reset, Fault::half_close, Fault::cut}) {
            for (const std::size_t after : places) {
                plans.push_back({.fault = fault, .direction = direction, .after = after});
            }
        }
    }
    return plans;
}

asio::awaitable<std::vector<std::string>> fault_failures(FaultProxy::Endpoint server,
                                                         FaultTable table, Exchange exchange) {
    std::vector<std::string> failures;
    // The first client may make the server open what it then keeps.
    const std::string warm_up = co_await run_plan(server, FaultPlan{}, exchange, table);
    if (!warm_up.empty()) {
        failures.push_back("without any fault: " + warm_up);
    }
    co_await settle();
    for (const FaultPlan& plan : fault_plans(table)) {
        const std::string problem = co_await run_row(server, plan, exchange, table);
        if (!problem.empty()) {
            failures.push_back(to_string(plan) + ": " + problem);
        }
    }
    co_return failures;
}

asio::awaitable<void> survive_faults(FaultProxy::Endpoint server, FaultTable table,
                                     Exchange exchange, std::source_location where) {
    for (const std::string& failure : co_await fault_failures(server, table, exchange)) {
        fail(failure, where);
    }
}

asio::awaitable<tcp::socket> connect_without_descriptors(tcp::endpoint server,
                                                         std::source_location where) {
    const FailCalls accept(Call::accept, EMFILE, 1);
    const FailCalls accept4(Call::accept4, EMFILE, 1);
    tcp::socket socket = co_await connect_to(server);
    co_await settle();
    if (accept.struck() + accept4.struck() > 0) {
        hold();
    } else {
        fail("the server has not tried to accept the connection", where);
    }
    co_await advance(std::chrono::milliseconds(200));
    co_return socket;
}

}  // namespace cookbook::testing
