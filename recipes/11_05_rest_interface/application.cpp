#include "application.hpp"

#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <iterator>

namespace cookbook::rest_interface {
namespace {

Response hello(Request&, const Parameters& parameters) {
    Response response(http::status::ok, "text/html; charset=utf-8");
    fmt::format_to(std::back_inserter(response.body),
                   "<html><body><h1>Hello {}!</h1></body></html>",
                   escape_html(parameters.get("name", "stranger")));
    return response;
}

Response localtime(Request&, const Parameters&) {
    const std::time_t now = std::time(nullptr);
    std::tm date{};
    localtime_r(&now, &date);
    Response response(http::status::ok, "application/xml");
    fmt::format_to(std::back_inserter(response.body),
                   "<?xml version=\"1.0\"?>\n"
                   "<time>\n"
                   "  <year>{}</year>\n"
                   "  <month>{}</month>\n"
                   "  <day>{}</day>\n"
                   "</time>",
                   date.tm_year + 1900, date.tm_mon + 1, date.tm_mday);
    return response;
}

/// A parameter as a number from 0 to `most`.
unsigned number(const Parameters& parameters, std::string_view name, unsigned most) {
    const std::string_view text = parameters.get(name);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value > most) {
        throw HttpError(http::status::bad_request,
                        fmt::format("{} must be a number from 0 to {}", name, most));
    }
    return value;
}

asio::awaitable<void> write_lines(BodySink& sink, unsigned count) {
    std::string part;
    for (unsigned line = 0; line < count; ++line) {
        fmt::format_to(std::back_inserter(part), "{}\n", line);
        if (part.size() > 4000 || line + 1 == count) {
            co_await sink.write(part);
            part.clear();
        }
    }
}

Response lines(Request&, const Parameters& parameters) {
    const unsigned count = number(parameters, "count", 100'000'000);
    Response response(http::status::ok, "text/plain");
    response.instead_of_body =
        Response::Stream{[count](BodySink& sink) { return write_lines(sink, count); }, {}};
    return response;
}

asio::awaitable<Response> length(Request& request, Parameters) {
    std::size_t total = 0;
    for (;;) {
        const std::string_view part = co_await request.read_some();
        if (part.empty()) {
            break;
        }
        total += part.size();
    }
    Response response(http::status::ok, "text/plain");
    response.body = fmt::format("{}\n", total);
    co_return response;
}

std::uint64_t fibonacci(unsigned n) {  // slowly, as work that blocks
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

Response fibonacci_page(unsigned n) {
    Response response(http::status::ok, "text/plain");
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
    dispatcher.add(http::verb::post, "/length", length, one_gib);
    dispatcher.add(http::verb::get, "/fibonacci/{n}",
                   [&pool](Request&, const Parameters& parameters) -> Answer {
                       const unsigned n = number(parameters, "n", 40);
                       return on_thread(pool, [n] { return fibonacci_page(n); });
                   });
    return dispatcher;
}

}  // namespace cookbook::rest_interface
