// Resources whose bodies are random, come in pieces, or come late.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <utility>

#include "inspection.hpp"
#include "number.hpp"
#include "resources.hpp"
#include "status.hpp"

namespace cookbook::http_client::httpbin {
namespace {

using Clock = asio::steady_timer::clock_type;

Clock::duration seconds(double count) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(count));
}

/// The order to stop leaves it alone: the server finishes the request at hand.
asio::awaitable<void> sleep_until(Clock::time_point time) {
    asio::steady_timer timer(co_await this_coro::executor, time);
    co_await timer.async_wait(use_awaitable);
}

http::Response send_bytes(http::Request&, const Parameters& parameters) {
    constexpr std::uint32_t max_size = 100 << 10;
    const auto size = number_of<std::uint32_t>(parameters, "count", 0);
    std::mt19937 random(
        number_of<std::uint32_t>(with_lower_names(parameters), "seed", std::random_device{}()));
    http::Response response(http::status::ok, "application/octet-stream");
    std::generate_n(std::back_inserter(response.data()), std::min(size, max_size),
                    [&random] { return static_cast<char>(random()); });
    return response;
}

asio::awaitable<void> write_lines(http::BodySink& sink, Members members, std::uint32_t count) {
    for (std::uint32_t id = 0; id < count; ++id) {
        members["id"] = std::to_string(id);
        const std::string line = to_json(members) + "\n";
        co_await sink.write(line);
    }
}

http::Response send_lines(http::Request& request, const Parameters& parameters) {
    constexpr std::uint32_t max_lines = 100;
    const auto count = std::min(number_of<std::uint32_t>(parameters, "lines", 0), max_lines);
    http::Response response(http::status::ok, "application/json");
    response.body = http::StreamedBody{[members = describe(request), count](http::BodySink& sink) {
                                           return write_lines(sink, members, count);
                                       },
                                       {}};
    return response;
}

/// The first byte is due at once, the others follow evenly; `duration` holds all and one more
/// pause. What is due within a moment leaves together.
asio::awaitable<void> write_drops(http::BodySink& sink, std::int64_t size,
                                  Clock::duration duration) {
    constexpr std::int64_t max_together = 16 << 10;
    constexpr Clock::duration moment = 1ms;
    const std::string drops(static_cast<std::size_t>(std::min(size, max_together)), '*');
    const Clock::time_point begin = Clock::now();
    for (std::int64_t sent = 0; sent < size;) {
        const Clock::time_point now = Clock::now();
        const std::int64_t due =
            duration.count() == 0
                ? size
                : std::min(std::min(now - begin, duration) * size / duration + 1, size);
        const std::int64_t together = std::min(due - sent, max_together);
        co_await sink.write(std::string_view(drops).substr(0, static_cast<std::size_t>(together)));
        sent += together;
        const Clock::time_point next = begin + (duration * sent) / size + Clock::duration(1);
        if (sent < size && next > now) {
            co_await sleep_until(std::max(next, now + moment));
        }
    }
}

asio::awaitable<http::Response> send_drops(http::Request&, Parameters parameters) {
    constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
    constexpr std::int64_t max_size = 10 << 20;
    constexpr double max_seconds = 600;  // httpbin has no limit
    const auto size =
        std::min(number_of<std::int64_t>(parameters, "numbytes", 10, 1, any), max_size);
    const auto duration = seconds(number_of<double>(parameters, "duration", 2, 0, max_seconds));
    const auto delay = seconds(number_of<double>(parameters, "delay", 0, 0, max_seconds));
    const auto code = number_of<unsigned>(parameters, "code", 200, min_status, max_status);
    http::Response response(http::status(code), "application/octet-stream");
    response.body = http::StreamedBody{
        [size, duration](http::BodySink& sink) { return write_drops(sink, size, duration); },
        static_cast<std::uint64_t>(size)};
    co_await sleep_until(Clock::now() + delay);
    co_return response;
}

asio::awaitable<http::Response> send_late(http::Request& request, Parameters parameters) {
    constexpr double max_delay = 10;
    constexpr double any = std::numeric_limits<double>::infinity();
    const double delay = std::min(number_of<double>(parameters, "seconds", 0, 0, any), max_delay);
    co_await request.read_body();
    co_await sleep_until(Clock::now() + seconds(delay));
    Members members = describe(request);
    members.merge(describe_body(request));
    members.erase("json");
    co_return json_response(members);
}

}  // namespace

void add_streams(const Register& add) {
    add(http::verb::get, "/bytes/{count}", send_bytes);
    add(http::verb::get, "/stream/{lines}", send_lines);
    add(http::verb::get, "/drip", send_drops);
    add(http::verb::get, "/delay/{seconds}", send_late);
}

}  // namespace cookbook::http_client::httpbin
