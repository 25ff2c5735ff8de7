// Recipe 11.1b, its rules: when to try again, how often in all, and when to stop asking. No I/O.
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "11_01_http_client/message/error.hpp"
#include "11_01b_resilient_client/layers/failure_kind.hpp"
#include "11_01b_resilient_client/rules/breaker.hpp"
#include "11_01b_resilient_client/rules/budget.hpp"
#include "11_01b_resilient_client/rules/retry.hpp"
#include "11_10_tls/error.hpp"

namespace {

using namespace cookbook::resilient_client;
using namespace std::chrono_literals;
using std::chrono::seconds;
using std::chrono::system_clock;

/// Sun, 06 Nov 1994 08:49:37 GMT, the date of RFC 9110's examples.
constexpr system_clock::time_point now{784111777s};

Result response_with(unsigned status, const std::string& retry_after = "") {
    Response response;
    response.status = status;
    if (!retry_after.empty()) {
        response.fields.add("Retry-After", retry_after);
    }
    return response;
}

Result failure_of(Failure::Kind kind) {
    return Failure{kind, "it failed"};
}

Call call_of(const std::string& method, unsigned attempts = 1) {
    Call call{.request = {.method = method}, .url = {}};
    call.attempts = attempts;
    return call;
}

double in_seconds(std::optional<RetryPolicy::Duration> wait) {
    return wait ? std::chrono::duration<double>(*wait).count() : -1;
}

using Clock = std::chrono::steady_clock;

/// A circuit that three failures in a row have opened at the time 0.
CircuitBreaker opened_circuit() {
    CircuitBreaker circuit({.max_failures = 3, .time = 30s});
    for (int i = 0; i < 3; ++i) {
        circuit.on_failure(circuit.enter(Clock::time_point()).value(), Clock::time_point());
    }
    return circuit;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resilient_client)

// --- The pause -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_pause_is_a_random_part_of_a_backoff_that_doubles) {
    const RetryPolicy policy{.backoff = 100ms, .max_backoff = 1s};
    struct Row {
        unsigned attempt;
        double random;
        RetryPolicy::Duration pause;
    };
    for (const auto& [attempt, random, pause] : std::vector<Row>{{1, 0, 0ms},
                                                                 {1, 0.5, 50ms},
                                                                 {2, 0.5, 100ms},
                                                                 {3, 0.5, 200ms},
                                                                 {4, 0.5, 400ms},
                                                                 {5, 0.5, 500ms},
                                                                 {6, 0.25, 250ms},
                                                                 {4'000'000'000U, 0.5, 500ms}}) {
        BOOST_TEST(jittered(policy, attempt, random).count() == pause.count(),
                   "after attempt " << attempt
                                    << " the pause is anything from 0 to "
                                       "min(max_backoff, backoff * 2^(n-1)): clients that failed "
                                       "together must not come back together");
    }
}

BOOST_AUTO_TEST_CASE(a_backoff_may_be_none_or_for_ever) {
    BOOST_TEST(jittered({.backoff = 0s}, 1'000'000, 0.9).count() == 0);
    const auto for_ever = RetryPolicy::Duration::max();
    BOOST_TEST(jittered({.backoff = 1s, .max_backoff = for_ever}, 1000, 0.5).count() > 0,
               "doubling must not overflow");
    BOOST_TEST(jittered({.backoff = 5s, .max_backoff = 1s}, 1, 0.5).count() ==
                   RetryPolicy::Duration(500ms).count(),
               "max_backoff is a limit for the first pause, too");
}

BOOST_AUTO_TEST_CASE(retry_after_is_seconds_or_a_date) {
    struct Row {
        std::string value;
        std::optional<seconds> wait;
    };
    for (const auto& [value, wait] :
         std::vector<Row>{{"0", 0s},
                          {"120", 120s},
                          {"007", 7s},
                          {"Sun, 06 Nov 1994 08:49:47 GMT", 10s},   // IMF-fixdate
                          {"Sunday, 06-Nov-94 08:49:47 GMT", 10s},  // RFC 850
                          {"Sun Nov  6 08:49:47 1994", 10s},        // asctime()
                          {"Sun, 06 Nov 1994 08:49:37 GMT", 0s},
                          {"Sat, 05 Nov 1994 08:49:37 GMT", 0s},  // past
                          {"", std::nullopt},
                          {"soon", std::nullopt},
                          {"-1", std::nullopt},
                          {"+1", std::nullopt},
                          {"1.5", std::nullopt},
                          {"1 s", std::nullopt},
                          {"0x10", std::nullopt},
                          {"Sun, 32 Nov 1994 08:49:37 GMT", std::nullopt}}) {
        const auto parsed = parse_retry_after(value, now);
        BOOST_TEST((parsed == wait),
                   "Retry-After: " << value << " is read as " << (parsed ? parsed->count() : -1));
    }
    BOOST_TEST((parse_retry_after("99999999999999999999999", now) > 1'000'000'000s),
               "a number that no reader can hold is a long time, not none");
}

BOOST_AUTO_TEST_CASE(a_retry_waits_no_less_than_the_server_asks_for) {
    const RetryPolicy policy{.backoff = 10s, .max_backoff = 10s, .max_retry_after = 60s};
    struct Row {
        std::string retry_after;
        double random;
        double wait;  // -1: no retry
    };
    for (const auto& [retry_after, random, wait] :
         std::vector<Row>{{"", 0.5, 5},
                          {"2", 0.5, 5},
                          {"7", 0.5, 7},
                          {"60", 0, 60},
                          {"61", 0, -1},
                          {"soon", 0.5, 5},
                          {"Sun, 06 Nov 1994 08:49:57 GMT", 0.5, 20},
                          {"Sun, 06 Nov 1993 08:49:57 GMT", 0.5, 5},
                          {"Sun, 06 Nov 1999 08:49:57 GMT", 0.5, -1}}) {
        BOOST_TEST(in_seconds(next_wait(policy, call_of("GET"), response_with(503, retry_after),
                                        random, now)) == wait,
                   "Retry-After: " << retry_after
                                   << " is the least to wait, and if it is too long, the end");
    }
}

// --- What may be sent again ----------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(only_what_is_idempotent_or_was_not_sent_is_sent_again) {
    using Kind = Failure::Kind;
    struct Row {
        std::string method;
        bool with_key;
        bool after_503, after_loss, after_refusal;
    };
    for (const auto& [method, with_key, after_503, after_loss, after_refusal] :
         std::vector<Row>{{"GET", false, true, true, true},
                          {"HEAD", false, true, true, true},
                          {"PUT", false, true, true, true},
                          {"DELETE", false, true, true, true},
                          {"OPTIONS", false, true, true, true},
                          {"TRACE", false, true, true, true},
                          {"POST", false, false, false, true},
                          {"PATCH", false, false, false, true},
                          {"get", false, false, false, true},
                          {"POST", true, true, true, true}}) {
        Call call = call_of(method);
        if (with_key) {
            call.request.fields.add("idempotency-key", "\"8e03978e\"");
        }
        const auto is_tried_again = [&call](const Result& result) {
            return next_wait({}, call, result, 0, now).has_value();
        };
        BOOST_TEST(is_tried_again(response_with(503)) == after_503, method << " after a 503");
        BOOST_TEST(is_tried_again(failure_of(Kind::lost)) == after_loss,
                   "a " << method
                        << " that may have arrived is sent twice only if that does no "
                           "more than once (RFC 9110, 9.2.2)");
        BOOST_TEST(is_tried_again(failure_of(Kind::unreachable)) == after_refusal,
                   "nothing of the " << method << " was sent: it can be sent again");
    }
}

BOOST_AUTO_TEST_CASE(some_results_are_final) {
    using Kind = Failure::Kind;
    const auto is_tried_again = [](const Result& result) {
        return next_wait({}, call_of("GET"), result, 0, now).has_value();
    };
    for (const unsigned status : {429U, 500U, 502U, 503U, 504U}) {
        BOOST_TEST(is_tried_again(response_with(status)), status);
    }
    for (const unsigned status : {200U, 301U, 304U, 400U, 404U, 408U, 501U, 505U}) {
        BOOST_TEST(!is_tried_again(response_with(status)), status);
    }
    for (const Kind kind : {Kind::usage, Kind::untrusted, Kind::refused, Kind::circuit_open,
                            Kind::out_of_time, Kind::cancelled}) {
        BOOST_TEST(!is_tried_again(failure_of(kind)),
                   "a failure of kind " << static_cast<int>(kind) << " would only come again");
    }
    BOOST_TEST(!next_wait({.statuses = {418}}, call_of("GET"), response_with(503), 0, now));
    BOOST_TEST(
        next_wait({.statuses = {418}}, call_of("GET"), response_with(418), 0, now).has_value());
}

BOOST_AUTO_TEST_CASE(a_failure_is_of_the_kind_that_its_code_says) {
    using Kind = Failure::Kind;
    using cookbook::http_client::Error;
    using cookbook::http_client::make_error_code;
    struct Row {
        std::error_code code;
        Kind before, after;  // something was sent
    };
    for (const auto& [code, before, after] : std::vector<Row>{
             {make_error_code(std::errc::connection_refused), Kind::unreachable, Kind::lost},
             {make_error_code(std::errc::timed_out), Kind::unreachable, Kind::lost},
             {make_error_code(Error::proxy_refused), Kind::unreachable, Kind::lost},
             {make_error_code(Error::cut_short), Kind::unreachable, Kind::lost},
             {make_error_code(Error::body_too_large), Kind::refused, Kind::refused},
             {make_error_code(Error::unknown_coding), Kind::refused, Kind::refused},
             {make_error_code(Error::cannot_repeat), Kind::usage, Kind::usage},
             {{}, Kind::usage, Kind::usage},
             {{1, cookbook::tls::verify_category()}, Kind::untrusted, Kind::untrusted}}) {
        BOOST_TEST((kind_of(code, false) == before), code.message()
                                                         << ", before anything was sent");
        BOOST_TEST((kind_of(code, true) == after), code.message() << ", after that");
    }
}

BOOST_AUTO_TEST_CASE(attempts_have_an_end) {
    const RetryPolicy policy{.max_retries = 3};
    for (const unsigned attempts : {1U, 2U, 3U}) {
        BOOST_TEST(
            next_wait(policy, call_of("GET", attempts), response_with(503), 0, now).has_value(),
            attempts);
    }
    BOOST_TEST(!next_wait(policy, call_of("GET", 4), response_with(503), 0, now),
               "after the first attempt and three retries there is no more");
    BOOST_TEST(!next_wait({.max_retries = 0}, call_of("GET"), response_with(503), 0, now));
}

// --- The budget ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_budget_is_full_at_first_and_then_used_up) {
    RetryBudget budget(3);
    BOOST_TEST(budget.take());
    BOOST_TEST(budget.take());
    BOOST_TEST(budget.take());
    BOOST_TEST(!budget.take(), "without a token there is no retry");
    BOOST_TEST(budget.tokens() == 0);
    BOOST_TEST(!RetryBudget(0).take());
}

BOOST_AUTO_TEST_CASE(ten_responses_are_worth_a_retry) {
    RetryBudget budget(2);
    BOOST_TEST((budget.take() && budget.take()));
    for (int i = 0; i < 9; ++i) {
        budget.on_response(i % 2 == 0 ? 200 : 404);
    }
    BOOST_TEST(!budget.take(), "nine tenths are no token");
    budget.on_response(499);
    BOOST_TEST(budget.take(), "a response below 500 gives a tenth back");
    BOOST_TEST(!budget.take());
}

BOOST_AUTO_TEST_CASE(a_servers_failure_gives_nothing_back) {
    RetryBudget budget(1);
    BOOST_TEST(budget.take());
    for (int i = 0; i < 100; ++i) {
        budget.on_response(i % 2 == 0 ? 500 : 599);
    }
    BOOST_TEST(!budget.take(), "an origin that only fails must not pay for more requests");
}

BOOST_AUTO_TEST_CASE(a_budget_never_holds_more_than_at_first) {
    RetryBudget budget(1);
    for (int i = 0; i < 1000; ++i) {
        budget.on_response(200);
    }
    BOOST_TEST(budget.tokens() == 1, "a quiet night must not pay for a storm in the morning");
    BOOST_TEST((budget.take() && !budget.take()));
}

// --- The circuit breaker -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(failures_in_a_row_open_the_circuit) {
    const Clock::time_point start{};
    CircuitBreaker circuit({.max_failures = 3, .time = 30s});
    BOOST_TEST(!circuit.on_failure(circuit.enter(start).value(), start));
    BOOST_TEST(!circuit.on_failure(circuit.enter(start).value(), start));
    BOOST_TEST(circuit.on_failure(circuit.enter(start).value(), start), "the third one opens it");
    BOOST_TEST(!circuit.enter(start).has_value(), "while it is open, nothing is sent");
    BOOST_TEST(!circuit.enter(start + 29s).has_value());
}

BOOST_AUTO_TEST_CASE(a_success_begins_the_count_anew) {
    const Clock::time_point start{};
    CircuitBreaker circuit({.max_failures = 2});
    for (int i = 0; i < 10; ++i) {
        BOOST_TEST(!circuit.on_failure(circuit.enter(start).value(), start),
                   "failures count only one after the other");
        circuit.on_success(circuit.enter(start).value());
    }
    BOOST_TEST(circuit.is_like_new());
}

BOOST_AUTO_TEST_CASE(one_request_alone_tries_whether_it_is_over) {
    CircuitBreaker circuit = opened_circuit();
    const Clock::time_point later = Clock::time_point() + 30s;
    const auto pass = circuit.enter(later);
    BOOST_TEST_REQUIRE(pass.has_value(), "after its time one request is let through");
    BOOST_TEST(!circuit.enter(later).has_value(), "and no second one, until it has ended");
    BOOST_TEST(!circuit.enter(later + 1h).has_value());
    circuit.on_success(*pass);
    BOOST_TEST(circuit.enter(later).has_value(), "its success closes the circuit");
    BOOST_TEST(circuit.enter(later).has_value());
}

BOOST_AUTO_TEST_CASE(its_failure_opens_the_circuit_anew) {
    CircuitBreaker circuit = opened_circuit();
    const Clock::time_point later = Clock::time_point() + 40s;
    BOOST_TEST(circuit.on_failure(circuit.enter(later).value(), later), "one is enough");
    BOOST_TEST(!circuit.enter(later + 29s).has_value(), "for its whole time, from then on");
    BOOST_TEST(circuit.enter(later + 30s).has_value());
}

BOOST_AUTO_TEST_CASE(a_cancelled_try_leaves_room_for_another) {
    CircuitBreaker circuit = opened_circuit();
    const Clock::time_point later = Clock::time_point() + 30s;
    circuit.on_cancelled(circuit.enter(later).value());
    BOOST_TEST(circuit.enter(later).has_value(),
               "a try that was cancelled has said nothing: without another one the circuit would "
               "stay open for ever");
}

BOOST_AUTO_TEST_CASE(results_from_before_say_nothing_any_more) {
    const Clock::time_point start{};
    CircuitBreaker circuit({.max_failures = 1, .time = 30s});
    const auto slow = circuit.enter(start).value();
    const auto slower = circuit.enter(start).value();
    const auto slowest = circuit.enter(start).value();
    circuit.on_failure(circuit.enter(start).value(), start);
    circuit.on_success(slow);
    BOOST_TEST(!circuit.enter(start + 1s).has_value(),
               "a request from before the failure does not close the circuit");
    const auto pass = circuit.enter(start + 30s).value();
    circuit.on_success(slower);
    BOOST_TEST(!circuit.enter(start + 30s).has_value(),
               "nor when another one tries whether it is over");
    BOOST_TEST(!circuit.on_failure(slowest, start + 30s), "nor does it open it anew");
    circuit.on_success(pass);
    BOOST_TEST(circuit.enter(start + 30s).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
