#include "rest_interface.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <iterator>
#include <utility>

#include "middleware.hpp"

namespace cookbook::rest_interface {
namespace {

http::Response hello(http::Request&, const Parameters& parameters) {
    http::Response response(http::status::ok, "text/html; charset=utf-8");
    fmt::format_to(std::back_inserter(response.data()),
                   "<html><body><h1>Hello {}!</h1></body></html>",
                   escape_html(parameters.get("name", "stranger")));
    return response;
}

http::Response localtime(http::Request&, const Parameters&) {
    const std::time_t now = std::time(nullptr);
    std::tm date{};
    localtime_r(&now, &date);
    http::Response response(http::status::ok, "application/xml");
    fmt::format_to(std::back_inserter(response.data()),
                   "<?xml version=\"1.0\"?>\n"
                   "<time>\n"
                   "  <year>{}</year>\n"
                   "  <month>{}</month>\n"
                   "  <day>{}</day>\n"
                   "</time>",
                   date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
    return response;
}

/// A parameter as a number from 0 to `max`, or 400.
http::Result<unsigned> number(const Parameters& parameters, std::string_view name, unsigned max) {
    const std::string_view text = parameters.get(name);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > max) {
        return http::bad_request(fmt::format("{} must be a number from 0 to {}", name, max));
    }
    return value;
}

asio::awaitable<void> write_lines(http::BodySink& sink, unsigned count) {
    std::string data;
    for (unsigned line = 0; line < count; ++line) {
        fmt::format_to(std::back_inserter(data), "{}\n", line);
        if (data.size() > 4000 || line + 1 == count) {
            co_await sink.write(data);
            data.clear();
        }
    }
}

http::Response lines(http::Request&, const Parameters& parameters) {
    const auto count = number(parameters, "count", 100'000'000);
    if (!count) {
        return http::error_response(count.error());
    }
    http::Response response(http::status::ok, "text/plain");
    response.body = http::StreamedBody{
        [count = *count](http::BodySink& sink) { return write_lines(sink, count); }, {}};
    return response;
}

asio::awaitable<http::Response> length(http::Request& request, Parameters) {
    std::size_t total = 0;
    for (;;) {
        const std::string_view data = co_await request.read_some();
        if (data.empty()) {
            break;
        }
        total += data.size();
    }
    http::Response response(http::status::ok, "text/plain");
    response.body = fmt::format("{}\n", total);
    co_return response;
}

std::uint64_t fibonacci(unsigned n) {  // slowly, as work that blocks
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

http::Response fibonacci_page(unsigned n) {
    http::Response response(http::status::ok, "text/plain");
    response.body = fmt::format("{}\n", fibonacci(n));
    return response;
}

}  // namespace

std::string escape_html(std::string_view text) {
    std::string escaped;
    // [step 5] Let no character of the text open an element or end a quote.
    for (const char c : text) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#x27;";
                break;
            default:
                escaped += c;
        }
    }
    // [end]
    return escaped;
}

Dispatcher make_dispatcher(asio::thread_pool& pool) {
    constexpr std::uint64_t one_gib = std::uint64_t{1} << 30;
    Dispatcher dispatcher;
    dispatcher.add(http::verb::get, "/hello", hello);
    dispatcher.add(http::verb::post, "/hello", hello);
    dispatcher.add(http::verb::get, "/localtime", localtime);
    dispatcher.add(http::verb::get, "/lines/{count}", lines);
    dispatcher.add(http::verb::post, "/length", length, one_gib, Forms::left);
    dispatcher.add(http::verb::get, "/fibonacci/{n}",
                   [&pool](http::Request&, const Parameters& parameters) -> http::ResponseFuture {
                       const auto n = number(parameters, "n", 40);
                       if (!n) {
                           return http::error_response(n.error());
                       }
                       return http::on_thread(pool, [n = *n] { return fibonacci_page(n); });
                   });
    return dispatcher;
}

asio::awaitable<void> serve(tcp::acceptor acceptor, Options options) {
    constexpr std::size_t threads = 4;  // for the handlers that block
    asio::thread_pool pool(threads);
    http::Application application = limited(make_dispatcher(pool), options.max_requests);
    if (!options.origin.empty()) {
        application = with_cors(std::move(application), options.origin);
    }
    co_await http::serve(std::move(acceptor), options.limits, logged(std::move(application)));
}

}  // namespace cookbook::rest_interface
