#include "flaky.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "11_01_http_client/httpbin/httpbin.hpp"
#include "11_01_http_client/httpbin/json_text.hpp"
#include "11_01_http_client/httpbin/number.hpp"
#include "11_01_http_client/httpbin/resources.hpp"
#include "11_01_http_client/message/split.hpp"
#include "11_05_rest_interface/dispatcher.hpp"
#include "11_05_rest_interface/middleware.hpp"
#include "common/net/address.hpp"

namespace cookbook::resilient_client {
namespace {

using http::verb;
using http_client::httpbin::json_response;
using http_client::httpbin::number_of;
using rest_interface::Dispatcher;
using rest_interface::Parameters;

constexpr std::string_view own_tag = "\"1\"";

http::Response send_flaky(AttemptCounts& counts, const Parameters& parameters) {
    const auto failures = number_of<std::uint32_t>(parameters, "count", 0);
    const auto status = number_of<unsigned>(parameters, "status", 503, 400, 599);
    const auto retry_after = number_of<std::uint32_t>(parameters, "retry_after", 0);
    const std::string key = parameters.contains("key") ? "k" + std::string(parameters.get("key"))
                                                       : fmt::format("n{}", failures);
    const std::uint64_t attempt = counts.add(key);
    http::Response response = json_response({{"attempt", std::to_string(attempt)}});
    if (attempt <= failures) {
        response.status = http::status(status);
        response.add(http::field::retry_after, std::to_string(retry_after));
    }
    return response;
}

asio::awaitable<http::Response> send_slowly(http::Request&, Parameters parameters) {
    const auto seconds = number_of<double>(parameters, "seconds", 1, 0, 60);
    asio::steady_timer timer(co_await this_coro::executor);
    timer.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(
        std::chrono::duration<double>(seconds)));
    co_await timer.async_wait(use_awaitable);
    co_return json_response({{"seconds", fmt::format("{}", seconds)}});
}

http::Response send_tagged(http::Request& request, const Parameters&) {
    bool is_there_already = false;
    for (std::string_view tags = request[http::field::if_none_match]; !tags.empty();) {
        std::string_view tag = http_client::trimmed(http_client::take_until(tags, ','));
        tag.remove_prefix(tag.starts_with("W/") ? 2 : 0);
        is_there_already = is_there_already || tag == own_tag || tag == "*";
    }
    http::Response response = is_there_already ? http::Response(http::status::not_modified)
                                               : json_response({{"version", "1"}});
    response.add(http::field::etag, own_tag);
    return response;
}

/// Sends these bytes as they are, and ends the connection.
http::Response end_with(std::string bytes) {
    http::Response response;
    response.body = http::Upgrade{[bytes = std::move(bytes)](Stream& stream) {
        return [](Stream& to, std::string all) -> asio::awaitable<void> {
            co_await write_all(to, asio::buffer(all));
        }(stream, bytes);
    }};
    return response;
}

http::Response drop(http::Request&, const Parameters&) {
    http::Response response = end_with("");
    response.status = http::status::unknown;  // what is logged: 0
    return response;
}

http::Response truncate(http::Request&, const Parameters&) {
    constexpr std::size_t announced = 2000;
    return end_with(
        fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    announced, std::string(announced / 2, '*')));
}

Dispatcher flaky_resources(std::uint64_t max_body) {
    constexpr std::size_t max_keys = 1000;
    Dispatcher dispatcher;
    const auto counts = std::make_shared<AttemptCounts>(max_keys);
    const auto flaky = [counts](http::Request&, const Parameters& parameters) {
        return send_flaky(*counts, parameters);
    };
    for (const verb method : http_client::httpbin::all_methods) {
        dispatcher.add(method, "/flaky/{count}", flaky, max_body);
    }
    dispatcher.add(verb::get, "/slow", send_slowly);
    dispatcher.add(verb::get, "/etag", send_tagged);
    dispatcher.add(verb::get, "/drop", drop);
    dispatcher.add(verb::get, "/truncate", truncate);
    return dispatcher;
}

bool is_flaky(std::string_view path) {
    constexpr std::array<std::string_view, 4> others = {"/slow", "/etag", "/drop", "/truncate"};
    return path.starts_with("/flaky/") || std::ranges::find(others, path) != others.end();
}

}  // namespace

std::uint64_t AttemptCounts::add(const std::string& key) {
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) {
        counts_.splice(counts_.begin(), counts_, found->second);
        return ++counts_.front().count;
    }
    if (counts_.size() == max_keys_) {
        by_key_.erase(counts_.back().key);
        counts_.pop_back();
    }
    counts_.push_front({key, 1});
    by_key_[key] = counts_.begin();
    return 1;
}

http::Application make_flaky(std::string authority, std::uint64_t max_body) {
    return [flaky = flaky_resources(max_body),
            others = http_client::make_httpbin(std::move(authority), max_body)](
               http::Request& request) -> http::ResponseFuture {
        return is_flaky(request.path) ? flaky(request) : others(request);
    };
}

asio::awaitable<void> serve_flaky(tcp::acceptor acceptor, http::Limits limits) {
    http::Application application =
        make_flaky(cookbook::to_string(acceptor.local_endpoint()), limits.max_body);
    application = rest_interface::with_cors(std::move(application), "*");
    co_await http::serve(std::move(acceptor), limits,
                         rest_interface::logged(std::move(application)));
}

}  // namespace cookbook::resilient_client
