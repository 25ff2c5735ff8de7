// Recipe 11.1b, its layers one by one, over a layer that says what it is to say; places and
// gathering.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "11_01b_resilient_client/gather.hpp"
#include "11_01b_resilient_client/layers/breakers.hpp"
#include "11_01b_resilient_client/layers/cache.hpp"
#include "11_01b_resilient_client/layers/retries.hpp"
#include "11_01b_resilient_client/places.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::resilient_client;
using namespace cookbook::testing;
using http_client::Field;
using Numbers = std::vector<std::size_t>;

Result answer(unsigned status, const std::vector<Field>& fields = {}, std::string content = "") {
    Response response;
    response.status = status;
    for (const auto& [name, value] : fields) {
        response.fields.add(name, value);
    }
    response.content = std::move(content);
    return response;
}

Result lost() {
    return Failure{Failure::Kind::lost, "it was lost"};
}

/// The lowest layer: each call gets the next result, the last one again and again.
struct Answers {
    std::deque<Result> results;
    std::vector<Request> requests = {};
    asio::steady_timer::duration delay{};

    asio::awaitable<Result> send(Call& call) {
        requests.push_back(call.request);
        Result result = results.front();
        if (results.size() > 1) {
            results.pop_front();
        }
        if (delay.count() > 0) {
            asio::steady_timer timer(co_await this_coro::executor, delay);
            co_await timer.async_wait(use_awaitable);
        }
        co_return result;
    }
    Layer layer() {
        return [this](Call& call) { return send(call); };
    }
};

Call call_to(const std::string& url = "http://a.test/", Request more = {}) {
    more.url = url;
    return {.request = more, .url = http_client::parse_url(url).value()};
}

/// What a coroutine returns, kept for whoever waits beside it.
template <typename Of>
asio::awaitable<void> keep_result(Of& layer, Call& call, std::vector<Result>& results) {
    results.push_back(co_await layer.send(call));
}

asio::awaitable<void> take_and_note(Places& places, std::size_t number, Numbers& order,
                                    asio::steady_timer::duration time) {
    const Place place = co_await places.take();
    order.push_back(number);
    asio::steady_timer timer(co_await this_coro::executor, time);
    co_await timer.async_wait(use_awaitable);
}

/// Jobs that take as many seconds as said, and note what happens.
class TimedJobs final : public Jobs {
public:
    explicit TimedJobs(Numbers seconds) : seconds_(std::move(seconds)) {}

    asio::awaitable<bool> run(std::size_t number, Place&) override {
        most = std::max(most, ++running_);
        begun.push_back(number);
        const Leave leave{*this};
        asio::steady_timer timer(co_await this_coro::executor, seconds_[number] * 1s);
        co_await timer.async_wait(use_awaitable);
        ended.push_back(number);
        co_return number != fatal;
    }
    void on_cancelled(std::size_t number) override { cancelled.push_back(number); }
    void on_turn(std::size_t number) override {
        if (number == broken) {
            throw std::runtime_error("it is broken");
        }
        turns.push_back(number);
    }

    Numbers begun, ended, cancelled, turns;
    std::size_t most = 0;       // at once
    std::size_t fatal = 1000;   // the job after which no other is to go on
    std::size_t broken = 1000;  // the job whose turn throws

private:
    struct Leave {
        TimedJobs& jobs;
        ~Leave() { --jobs.running_; }
    };

    Numbers seconds_;
    std::size_t running_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(resilient_client)

// --- Places --------------------------------------------------------------------------------------

ASYNC_TEST_CASE(places_are_given_in_the_order_of_arrival) {
    Places places(2);
    Numbers order;
    TaskGroup group(co_await this_coro::executor);
    for (std::size_t number = 0; number < 5; ++number) {
        group.spawn(take_and_note(places, number, order, 10s));
    }
    co_await settle();
    BOOST_TEST(order.size() == 2U, "never more than there are places");
    BOOST_TEST(places.waiting() == 3U);
    for (int i = 0; i < 3; ++i) {
        co_await advance(10s);
    }
    co_await group.join();
    BOOST_TEST((order == Numbers{0, 1, 2, 3, 4}), "who came first goes first");
}

ASYNC_TEST_CASE(who_gives_up_waiting_leaves_no_gap) {
    Places places(1);
    Numbers order;
    TaskGroup holder(co_await this_coro::executor);
    TaskGroup impatient(co_await this_coro::executor);
    TaskGroup patient(co_await this_coro::executor);
    holder.spawn(take_and_note(places, 0, order, 10s));
    impatient.spawn(take_and_note(places, 1, order, 0s));
    patient.spawn(take_and_note(places, 2, order, 0s));
    co_await settle();
    impatient.cancel();
    co_await settle();
    BOOST_TEST(places.waiting() == 1U);
    co_await advance(10s);
    co_await holder.join();
    co_await patient.join();
    BOOST_TEST((order == Numbers{0, 2}));
    const Place again = co_await places.take();
}

ASYNC_TEST_CASE(a_place_may_be_given_back_for_a_while) {
    Places places(1);
    Numbers order;
    Place place = co_await places.take();
    TaskGroup group(co_await this_coro::executor);
    group.spawn(take_and_note(places, 1, order, 0s));
    co_await settle();
    BOOST_TEST(order.empty());
    place.release();
    place.release();
    co_await place.take_again();
    BOOST_TEST(order.size() == 1U, "others have had their turn meanwhile");
    co_await group.join();
    group.spawn(take_and_note(places, 2, order, 0s));
    co_await settle();
    BOOST_TEST(order.size() == 1U, "given back twice is given back once");
    place.release();
    co_await group.join();
}

// --- Retries -------------------------------------------------------------------------------------

ASYNC_TEST_CASE(tries_again_until_a_response_is_good) {
    Answers server{{answer(503), lost(), answer(200)}};
    Retries retries({.backoff = 0s}, 10, [] { return 0.0; }, server.layer());
    Call call = call_to();
    const Result result = co_await retries.send(call);
    BOOST_TEST_REQUIRE(result.has_value());
    BOOST_TEST(result->status == 200U);
    BOOST_TEST(call.attempts == 3U);
    BOOST_TEST(retries.retries() == 2U);
}

ASYNC_TEST_CASE(the_last_response_is_the_result_with_its_body) {
    Answers server{
        {answer(503, {}, "busy 1"), answer(503, {}, "busy 2"), answer(503, {}, "busy 3")}};
    Retries retries({.max_retries = 2, .backoff = 0s}, 10, [] { return 0.0; }, server.layer());
    Call call = call_to();
    const Result result = co_await retries.send(call);
    BOOST_TEST_REQUIRE(result.has_value());
    BOOST_TEST(result->content == "busy 3");
    BOOST_TEST(call.attempts == 3U);
}

ASYNC_TEST_CASE(waits_between_attempts) {
    Answers server{{answer(503, {{"Retry-After", "50"}}), answer(200)}};
    Retries retries({.backoff = 1s}, 10, [] { return 0.5; }, server.layer());
    Call call = call_to();
    std::vector<Result> results;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(keep_result(retries, call, results));
    co_await advance(40s);
    BOOST_TEST(server.requests.size() == 1U, "the server has asked for 50 seconds");
    co_await advance(10s);
    BOOST_TEST(server.requests.size() == 2U);
    co_await group.join();
}

ASYNC_TEST_CASE(a_wait_beyond_the_end_is_not_begun) {
    Answers server{{answer(503, {{"Retry-After", "5"}}, "busy")}};
    Retries retries({}, 10, [] { return 0.5; }, server.layer());
    Call call = call_to();
    call.end = std::chrono::steady_clock::now() + 4s;
    const Result result = co_await retries.send(call);
    BOOST_TEST_REQUIRE(result.has_value());
    BOOST_TEST(result->content == "busy", "the response at hand is the result");
    BOOST_TEST(server.requests.size() == 1U);
}

ASYNC_TEST_CASE(a_budget_is_for_all_requests_together) {
    Answers server{{answer(503)}};
    Retries retries({.backoff = 0s}, 4, [] { return 0.0; }, server.layer());
    for (int i = 0; i < 20; ++i) {
        Call call = call_to();
        co_await retries.send(call);
    }
    BOOST_TEST(server.requests.size() == 24U,
               "an origin that fails for all gets four requests more, not four times as many: "
                   << server.requests.size());
    server.results = {answer(200)};
    for (int i = 0; i < 10; ++i) {
        Call call = call_to();
        co_await retries.send(call);
    }
    server.results = {answer(503), answer(200)};
    Call call = call_to();
    co_await retries.send(call);
    BOOST_TEST(call.attempts == 2U, "ten responses have paid for one more retry");
}

ASYNC_TEST_CASE(who_waits_for_the_next_attempt_holds_no_place) {
    Answers server{{answer(503, {{"Retry-After", "60"}}), answer(200)}};
    Retries retries({}, 10, [] { return 0.0; }, server.layer());
    Places places(1);
    Place place = co_await places.take();
    Call call = call_to();
    call.place = &place;
    std::vector<Result> results;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(keep_result(retries, call, results));
    co_await settle();
    {
        const Waiting waiting("a place that a waiting request does not need");
        const Place other = co_await places.take();
        co_await advance(60s);
        BOOST_TEST(results.empty(), "the retry takes its place again before it goes on");
    }
    co_await group.join();
    BOOST_TEST(results.size() == 1U);
}

// --- Circuit breakers ----------------------------------------------------------------------------

ASYNC_TEST_CASE(an_origin_that_fails_is_left_alone) {
    Answers server{{answer(500), lost(), answer(503)}};
    Breakers breakers({.max_failures = 3, .time = 30s}, server.layer());
    for (int i = 0; i < 3; ++i) {
        Call call = call_to();
        co_await breakers.send(call);
    }
    BOOST_TEST(breakers.opened() == 1U);
    Call refused = call_to("http://a.test/other");
    const Result result = co_await breakers.send(refused);
    BOOST_TEST_REQUIRE(!result.has_value());
    BOOST_TEST(result.error().reason == "circuit open: a.test:80");
    BOOST_TEST(server.requests.size() == 3U, "nothing is sent while the circuit is open");
    Call elsewhere = call_to("http://b.test/");
    co_await breakers.send(elsewhere);
    BOOST_TEST(server.requests.size() == 4U, "another origin has a circuit of its own");
    server.results = {answer(200)};
    co_await advance(30s);
    Call again = call_to();
    BOOST_TEST((co_await breakers.send(again)).has_value(), "its time is over");
}

ASYNC_TEST_CASE(only_the_servers_failures_count) {
    using Kind = Failure::Kind;
    Answers server{{answer(429)}};
    Breakers breakers({.max_failures = 1}, server.layer());
    for (const Result& harmless :
         {answer(200), answer(404), answer(429), answer(499), Result(Failure{Kind::usage, ""}),
          Result(Failure{Kind::refused, ""}), Result(Failure{Kind::out_of_time, ""})}) {
        server.results = {harmless};
        Call call = call_to();
        co_await breakers.send(call);
    }
    BOOST_TEST(breakers.opened() == 0U);
    BOOST_TEST(server.requests.size() == 7U);
    for (const Result& failure :
         {answer(500), answer(599), lost(), Result(Failure{Kind::unreachable, ""}),
          Result(Failure{Kind::untrusted, ""})}) {
        BOOST_TEST((verdict_on(failure) == Verdict::failure));
    }
}

ASYNC_TEST_CASE(a_cancelled_request_does_not_keep_the_circuit_open) {
    Answers server{{answer(500)}};
    Breakers breakers({.max_failures = 1, .time = 30s}, server.layer());
    Call first = call_to();
    co_await breakers.send(first);
    co_await advance(30s);
    server.results = {answer(200)};
    server.delay = 10s;
    Call slow = call_to();
    std::vector<Result> results;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(keep_result(breakers, slow, results));
    co_await settle();
    Call beside = call_to();
    BOOST_TEST((!(co_await breakers.send(beside)).has_value()), "one request alone tries");
    group.cancel();
    try {
        co_await group.join();
    } catch (const boost::system::system_error&) {
    }
    server.delay = 0s;
    Call next = call_to();
    BOOST_TEST((co_await breakers.send(next)).has_value(),
               "the one that tried was cancelled: another one may");
}

// --- The cache -----------------------------------------------------------------------------------

ASYNC_TEST_CASE(what_is_fresh_is_not_asked_for) {
    Answers server{{answer(200, {{"Cache-Control", "max-age=60"}}, "a")}};
    Cache cache(1 << 20, Freshness(), server.layer());
    Call first = call_to("http://a.test/x#y");
    BOOST_TEST(((co_await cache.send(first))->cache == CacheUse::miss));
    Call second = call_to("http://a.test/x#z");
    const Result hit = co_await cache.send(second);
    BOOST_TEST((hit->cache == CacheUse::hit), "the key is the URL without its fragment");
    BOOST_TEST(hit->content == "a");
    BOOST_TEST(std::stoi(std::string(hit->fields["Age"])) < 60);
    BOOST_TEST(second.attempts == 0U);
    co_await advance(61s);
    Call third = call_to("http://a.test/x");
    BOOST_TEST(((co_await cache.send(third))->cache == CacheUse::miss));
    BOOST_TEST(server.requests.size() == 2U);
    BOOST_TEST(cache.hits() == 1U);
}

ASYNC_TEST_CASE(what_is_stale_is_asked_for_by_its_validators) {
    Answers server{{answer(200, {{"ETag", "W/\"1\""}, {"X", "old"}}, "a"),
                    answer(304, {{"X", "new"}, {"Cache-Control", "max-age=60"}})}};
    Cache cache(1 << 20, Freshness(), server.layer());
    for (const CacheUse use : {CacheUse::miss, CacheUse::revalidated, CacheUse::hit}) {
        Call call = call_to();
        const Result result = co_await cache.send(call);
        BOOST_TEST_REQUIRE(result.has_value());
        BOOST_TEST((result->cache == use));
        BOOST_TEST(result->status == 200U, "a 304 is told as the stored status");
        BOOST_TEST(result->content == "a");
        BOOST_TEST(result->fields["X"] == (use == CacheUse::miss ? "old" : "new"));
    }
    BOOST_TEST_REQUIRE(server.requests.size() == 2U);
    BOOST_TEST(server.requests[1].fields["If-None-Match"] == "W/\"1\"");
    BOOST_TEST(cache.revalidated() == 1U);
}

ASYNC_TEST_CASE(a_304_may_say_that_nothing_is_stored_any_longer) {
    for (const bool by_server : {true, false}) {
        const Request request =
            by_server ? Request() : Request{.fields = {{"Cache-Control", "no-store"}}};
        const std::string control = by_server ? "max-age=60, no-store" : "max-age=60";
        Answers server{{answer(200, {{"ETag", "1"}}), answer(304, {{"Cache-Control", control}})}};
        Cache cache(1 << 20, Freshness(), server.layer());
        Call first = call_to();
        co_await cache.send(first);
        Call second = call_to("http://a.test/", request);
        BOOST_TEST(((co_await cache.send(second))->cache == CacheUse::revalidated));
        server.results = {answer(200)};
        Call third = call_to();
        BOOST_TEST(((co_await cache.send(third))->cache == CacheUse::miss),
                   "no-store of the " << (by_server ? "server" : "caller"));
    }
}

ASYNC_TEST_CASE(a_304_may_say_for_which_requests_the_response_is) {
    Answers server{{answer(200, {{"ETag", "1"}, {"Vary", "X-Lang"}}),
                    answer(304, {{"Vary", "X-User"}, {"Cache-Control", "max-age=60"}})}};
    Cache cache(1 << 20, Freshness(), server.layer());
    const Request ann = {.fields = {{"X-Lang", "de"}, {"X-User", "Ann"}}};
    for (const CacheUse use : {CacheUse::miss, CacheUse::revalidated, CacheUse::hit}) {
        Call call = call_to("http://a.test/", ann);
        BOOST_TEST(((co_await cache.send(call))->cache == use));
    }
    server.results = {answer(200)};
    Call bob = call_to("http://a.test/", {.fields = {{"X-Lang", "de"}, {"X-User", "Bob"}}});
    BOOST_TEST(((co_await cache.send(bob))->cache == CacheUse::miss),
               "the 304's Vary has taken the place of the stored one");
}

ASYNC_TEST_CASE(what_a_server_cannot_do_is_stored_too) {
    Answers server{{answer(501, {{"Cache-Control", "max-age=60"}})}};
    Cache cache(1 << 20, Freshness(), server.layer());
    for (const CacheUse use : {CacheUse::miss, CacheUse::hit}) {
        Call call = call_to();
        const Result result = co_await cache.send(call);
        BOOST_TEST(result->status == 501U);
        BOOST_TEST((result->cache == use));
    }
}

ASYNC_TEST_CASE(what_has_changed_takes_the_place_of_what_was_stored) {
    Answers server{{answer(200, {{"ETag", "1"}}, "old"),
                    answer(200, {{"Cache-Control", "max-age=60"}}, "new")}};
    Cache cache(1 << 20, Freshness(), server.layer());
    for (const std::string content : {"old", "new", "new"}) {
        Call call = call_to();
        BOOST_TEST((co_await cache.send(call))->content == content);
    }
    BOOST_TEST(server.requests.size() == 2U);
}

ASYNC_TEST_CASE(a_failure_is_told_as_it_is_unless_something_stale_may_be) {
    const std::vector<Result> failures = {answer(500),
                                          answer(502),
                                          answer(503),
                                          answer(504),
                                          lost(),
                                          Failure{Failure::Kind::unreachable, ""},
                                          Failure{Failure::Kind::circuit_open, ""}};
    for (const std::string control : {"max-age=1, stale-if-error=60", "max-age=1"}) {
        const bool may_be_stale = control.find("stale") != control.npos;
        Answers server{{answer(200, {{"Cache-Control", control}}, "a")}};
        Cache cache(1 << 20, Freshness(), server.layer());
        Call first = call_to();
        co_await cache.send(first);
        co_await advance(2s);
        for (const Result& failure : failures) {
            server.results = {failure};
            Call call = call_to();
            const Result result = co_await cache.send(call);
            const bool is_stale = result && result->cache == CacheUse::stale;
            BOOST_TEST(is_stale == may_be_stale, control);
        }
        server.results = {answer(404)};
        Call call = call_to();
        BOOST_TEST((co_await cache.send(call))->status == 404U, "a 404 is no failure to ask");
    }
}

ASYNC_TEST_CASE(some_requests_pass_the_cache_by) {
    Answers server{{answer(200, {{"Cache-Control", "max-age=60"}}, "a")}};
    Cache cache(1 << 20, Freshness(), server.layer());
    Call first = call_to();
    co_await cache.send(first);
    const std::vector<Request> others = {{.method = "HEAD"},
                                         {.method = "OPTIONS"},
                                         {.body = http_client::Body("b")},
                                         {.fields = {{"If-None-Match", "x"}}},
                                         {.fields = {{"if-modified-since", "x"}}},
                                         {.fields = {{"If-Match", "x"}}},
                                         {.fields = {{"Range", "bytes=0-1"}}},
                                         {.fields = {{"Cache-Control", "no-cache"}}}};
    for (const Request& request : others) {
        Call call = call_to("http://a.test/", request);
        BOOST_TEST(((co_await cache.send(call))->cache == CacheUse::miss));
    }
    BOOST_TEST(server.requests.size() == 1 + others.size());
    Call again = call_to();
    BOOST_TEST(((co_await cache.send(again))->cache == CacheUse::hit), "and leave it alone");
}

ASYNC_TEST_CASE(a_change_at_the_server_ends_what_is_stored) {
    for (const std::string method : {"POST", "PUT", "DELETE", "PATCH", "FOO"}) {
        for (const unsigned status : {200U, 204U, 302U, 400U, 500U}) {
            Answers server{{answer(200, {{"Cache-Control", "max-age=60"}}), answer(status)}};
            Cache cache(1 << 20, Freshness(), server.layer());
            Call first = call_to();
            co_await cache.send(first);
            Call change = call_to("http://a.test/", {.method = method});
            co_await cache.send(change);
            Call again = call_to();
            const bool is_hit = (co_await cache.send(again))->cache == CacheUse::hit;
            BOOST_TEST(is_hit == (status >= 400), method << ' ' << status << " (RFC 9111, 4.4)");
        }
    }
}

ASYNC_TEST_CASE(a_response_for_others_is_not_told) {
    Answers server{{answer(200, {{"Cache-Control", "max-age=60"}, {"Vary", "X-Lang"}})}};
    Cache cache(1 << 20, Freshness(), server.layer());
    Call german = call_to("http://a.test/", {.fields = {{"X-Lang", "de"}}});
    co_await cache.send(german);
    Call french = call_to("http://a.test/", {.fields = {{"X-Lang", "fr"}}});
    BOOST_TEST(((co_await cache.send(french))->cache == CacheUse::miss));
    Call again = call_to("http://a.test/", {.fields = {{"X-Lang", "fr"}}});
    BOOST_TEST(((co_await cache.send(again))->cache == CacheUse::hit));
    Call with_password =
        call_to("http://a.test/",
                {.fields = {{"X-Lang", "fr"}}, .credentials = http_client::Credentials{"u", "p"}});
    BOOST_TEST(((co_await cache.send(with_password))->cache == CacheUse::miss),
               "what one user may see is not for another");
}

// --- Many at once --------------------------------------------------------------------------------

ASYNC_TEST_CASE(results_come_in_order_whatever_they_take) {
    TimedJobs jobs({5, 1, 3, 0, 1});
    TaskGroup group(co_await this_coro::executor);
    group.spawn(gather(jobs, 5, 3));
    co_await advance(1s);
    BOOST_TEST(jobs.turns.empty(), "the first one has not ended");
    for (int i = 0; i < 5; ++i) {
        co_await advance(1s);
    }
    co_await group.join();
    BOOST_TEST((jobs.turns == Numbers{0, 1, 2, 3, 4}), "each has its turn after those before it");
    BOOST_TEST((jobs.begun == Numbers{0, 1, 2, 3, 4}));
    BOOST_TEST((jobs.ended != Numbers{0, 1, 2, 3, 4}));
    BOOST_TEST(jobs.most == 3U, "at most three at once");
}

ASYNC_TEST_CASE(a_job_has_its_turn_as_soon_as_it_may) {
    TimedJobs jobs({0, 20, 10});
    TaskGroup group(co_await this_coro::executor);
    group.spawn(gather(jobs, 3, 3));
    co_await settle();
    BOOST_TEST((jobs.turns == Numbers{0}));
    co_await advance(10s);
    BOOST_TEST((jobs.turns == Numbers{0}));
    co_await advance(10s);
    BOOST_TEST((jobs.turns == Numbers{0, 1, 2}));
    co_await group.join();
}

ASYNC_TEST_CASE(the_rest_is_cancelled_and_still_has_its_turn) {
    TimedJobs jobs({100, 1, 100, 100, 100});
    jobs.fatal = 1;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(gather(jobs, 5, 3));
    co_await settle();
    co_await advance(1s);
    {
        const Waiting waiting("jobs that were to be cancelled");
        co_await group.join();
    }
    BOOST_TEST((jobs.ended == Numbers{1}), "those that were cancelled do not run on");
    std::ranges::sort(jobs.cancelled);
    BOOST_TEST((jobs.cancelled == Numbers{0, 2, 3, 4}), "nor do others begin");
    BOOST_TEST((jobs.turns == Numbers{0, 1, 2, 3, 4}),
               "each job has its turn, whatever became of it");
}

ASYNC_TEST_CASE(no_job_begins_after_one_has_thrown) {
    TimedJobs jobs({0, 100, 0, 0, 0});
    jobs.broken = 0;
    bool has_thrown = false;
    try {
        const Waiting waiting("a job that was to be cancelled");
        co_await gather(jobs, 5, 2);
    } catch (const std::runtime_error&) {
        has_thrown = true;
    }
    BOOST_TEST(has_thrown);
    BOOST_TEST((jobs.begun == Numbers{0, 1}), "the others are cancelled before they begin");
    BOOST_TEST((jobs.ended == Numbers{0}), "and in the middle");
    BOOST_TEST(jobs.turns.empty());
}

ASYNC_TEST_CASE(a_caller_that_is_cancelled_cancels_all) {
    TimedJobs jobs({100, 100, 100});
    TaskGroup group(co_await this_coro::executor);
    group.spawn(gather(jobs, 3, 2));
    co_await settle();
    group.cancel();
    bool was_aborted = false;
    try {
        co_await group.join();
    } catch (const boost::system::system_error& error) {
        was_aborted = error.code() == asio::error::operation_aborted;
    }
    BOOST_TEST(was_aborted);
    BOOST_TEST((jobs.ended.empty() && jobs.turns.empty()));
}

ASYNC_TEST_CASE(nothing_to_do_is_done_at_once) {
    TimedJobs jobs({});
    co_await gather(jobs, 0, 1);
    BOOST_TEST(jobs.turns.empty());
}

BOOST_AUTO_TEST_SUITE_END()
