#include "client.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <utility>

#include "common/async/describe.hpp"
#include "common/async/within.hpp"
#include "common/net/utf8.hpp"
#include "cookies/cookie_file.hpp"
#include "hop.hpp"
#include "message/error.hpp"
#include "output.hpp"

namespace cookbook::http_client {
namespace {

using clock = asio::steady_timer::clock_type;

/// The request as its failures name it.
std::string name_of(const Request& request) {
    return request.method + ' ' + to_string(first_hop(request).url);
}

asio::awaitable<Response> request_by(Session& session, Request request, clock::time_point end) {
    if (end == clock::time_point::max()) {
        co_return co_await session.request(std::move(request));
    }
    const std::string name = name_of(request);
    try {
        const auto left = end - clock::now();
        if (left.count() <= 0) {  // what is begun would be sent
            throw boost::system::system_error(asio::error::timed_out);
        }
        co_return co_await within(left, session.request(std::move(request)));
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::timed_out) {
            throw;
        }
        throw RequestError(name + ": " + error.code().message(), error.code());
    }
}

/// Returns what is wrong, in a line; nothing if all is well.
asio::awaitable<std::string> fetch(Session& session, const ClientSettings& settings,
                                   std::string url, Output& output, clock::time_point end) {
    Request request = settings.request;
    request.url = std::move(url);
    request.sink = &output;
    const std::string name = name_of(request);
    try {
        const Response response = co_await request_by(session, std::move(request), end);
        output.finish();
        if (settings.summarise) {
            std::fputs((summary(response) + '\n').c_str(), stderr);
        }
        if (settings.fail && !response.ok()) {
            co_return fmt::format("{}: {} {}", name, response.status, response.reason());
        }
    } catch (const RequestError& error) {
        co_return error.what();
    }
    co_return "";
}

}  // namespace

asio::awaitable<void> fetch_all(ClientSettings settings, std::size_t& failures) {
    const auto now = clock::now();
    const clock::time_point end = settings.max_time < clock::time_point::max() - now
                                      ? now + settings.max_time
                                      : clock::time_point::max();
    Session session(settings.session);
    Output output({.file = settings.output,
                   .with_head = settings.show_head,
                   .as_text = settings.as_text,
                   .without_errors = settings.fail});
    if (settings.cookies) {
        read_cookies(session.cookies(), *settings.cookies);
    }
    for (const std::string& url : settings.urls) {
        const std::string failure = co_await fetch(session, settings, url, output, end);
        if (!failure.empty()) {
            ++failures;
            std::fputs(("11_01_http_client: " + printable(failure) + '\n').c_str(), stderr);
        }
    }
    if (failures == 0) {
        output.commit();
    }
    if (settings.cookies) {
        write_cookies(session.cookies(), *settings.cookies);
    }
}

}  // namespace cookbook::http_client
