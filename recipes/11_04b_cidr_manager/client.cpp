#include "client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "11_04_cidr_addresses/text/text.hpp"
#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/conversation.hpp"
#include "common/cli/input.hpp"
#include "common/cli/output.hpp"
#include "common/net/utf8.hpp"
#include "intervals.hpp"
#include "response_count.hpp"

namespace cookbook::cidr_manager {
namespace {

namespace json = boost::json;
using local = asio::local::stream_protocol;

asio::awaitable<std::string> exchange(HostPort server, std::string request,
                                      asio::steady_timer::duration limit) {
    tcp::socket socket = co_await connect(server, limit);
    Deadline deadline(socket);
    deadline.expires_after(limit);
    co_await asio::async_write(socket, asio::buffer(request), use_nothrow);
    std::string response;
    const auto [read_error, n] = co_await asio::async_read_until(
        socket, asio::dynamic_buffer(response, max_response), '\n', use_nothrow);
    if (read_error) {
        throw std::system_error(deadline.reason(read_error), "receive from " + to_string(server));
    }
    response.resize(n);
    co_return response;
}

/// What `read` makes of a response. Throws std::runtime_error that names the server if it throws.
template <typename Read>
auto read_response(const HostPort& server, Read read) {
    try {
        return read();
    } catch (const std::exception&) {
        throw std::runtime_error(to_string(server) + ": not a response");
    }
}

/// The server's error in a response; nothing if that has a result.
std::optional<std::string> error_in(const json::object& response) {
    return response.contains("result")
               ? std::nullopt
               : std::optional(std::string(response.at("error").as_string()));
}

/// A page of a list: what it prints, and what is known of the next one.
struct Page {
    std::string lines = {};
    std::optional<Network> last = {};
    bool more = false;
};

/// Throws if the page is none, or does not go on behind `last`: such pages may have no end.
Page page_of(const json::value& result, std::optional<Network> last) {
    const json::array& allocations = result.at("allocations").as_array();
    Page page{.last = last, .more = result.at("more").as_bool()};
    for (const json::value& allocation : allocations) {
        const Network network = Network::parse(allocation.at("network").as_string());
        const std::string owner = printable(allocation.at("owner").as_string());
        if (page.last && network <= *page.last) {
            throw std::invalid_argument("not in order");
        }
        page.lines += fmt::format("{}{}{}\n", to_string(network), owner.empty() ? "" : " ", owner);
        page.last = network;
    }
    if (page.more && allocations.empty()) {
        throw std::invalid_argument("nothing new");
    }
    return page;
}

/// Copies an open file, and counts its lines; a last one may lack its line feed.
class LineCount {
public:
    asio::awaitable<void> copy(int from, local::socket to) {
        auto input = open_input(to.get_executor(), from);
        std::array<char, std::size_t{64} * 1024> piece;
        for (;;) {
            const auto [read_error, n] =
                co_await input.async_read_some(asio::buffer(piece), use_nothrow);
            if (read_error == asio::error::eof || read_error == asio::error::operation_aborted) {
                co_return;
            }
            if (read_error) {
                throw boost::system::system_error(read_error, "read input");
            }
            line_feeds_ +=
                static_cast<std::size_t>(std::count(piece.data(), piece.data() + n, '\n'));
            ended_ = piece[n - 1] == '\n';
            const auto [write_error, written] =
                co_await asio::async_write(to, asio::buffer(piece, n), use_nothrow);
            if (write_error) {
                co_return;  // the conversation has ended
            }
        }
    }

    [[nodiscard]] std::size_t lines() const { return line_feeds_ + (ended_ ? 0 : 1); }

private:
    std::size_t line_feeds_ = 0;
    bool ended_ = true;
};

asio::awaitable<void> send_from(Conversation& conversation, local::socket input,
                                TaskGroup& copying) {
    co_await conversation.send_input(input.native_handle());
    copying.cancel();
}

/// The conversation reads from a socket pair what a second coroutine has counted.
asio::awaitable<std::size_t> send_lines(Conversation& conversation, int input) {
    const auto executor = co_await this_coro::executor;
    local::socket near(executor);
    local::socket far(executor);
    asio::local::connect_pair(near, far);
    LineCount count;
    TaskGroup group(executor);
    group.spawn(count.copy(input, std::move(far)));
    group.spawn(send_from(conversation, std::move(near), group));
    co_await group.join();
    if (!conversation.complete()) {
        throw std::runtime_error("the server disconnected before it had everything");
    }
    co_return count.lines();
}

std::string joined(const std::vector<std::string>& requests) {
    std::string lines;
    for (std::string request : requests) {
        std::ranges::replace(request, '\n', ' ');  // in JSON a line feed is but white space
        lines += request + '\n';
    }
    return lines;
}

}  // namespace

asio::awaitable<json::value> call(HostPort server, json::object request,
                                  asio::steady_timer::duration limit) {
    const std::string response = co_await exchange(server, json::serialize(request) + '\n', limit);
    json::object object = read_response(server, [&] { return json::parse(response).as_object(); });
    if (const auto error = read_response(server, [&] { return error_in(object); })) {
        throw std::runtime_error(*error);
    }
    co_return std::move(object.at("result"));
}

asio::awaitable<std::string> call_for_network(HostPort server, json::object request,
                                              asio::steady_timer::duration limit) {
    const json::value result = co_await call(server, request, limit);
    if (const json::value* pool = request.if_contains("pool"); pool && result.is_null()) {
        throw std::runtime_error("no room in " + std::string(pool->as_string()));
    }
    co_return read_response(server, [&] {
        const json::value& network = result.is_object() ? result.at("network") : result;
        return to_string(Network::parse(network.as_string()));
    });
}

asio::awaitable<void> send_requests(HostPort server, std::vector<std::string> requests, int input,
                                    std::FILE* output, asio::steady_timer::duration limit) {
    SocketStream stream(co_await connect(server, limit));
    ResponseCount count(output);
    Conversation conversation(stream, to_string(server), count.file(), limit);
    std::size_t asked = requests.size();
    if (requests.empty()) {
        asked = co_await send_lines(conversation, input);
    } else {
        co_await conversation.send_text(joined(requests));
    }
    if (count.responses() < asked) {
        throw std::runtime_error(
            fmt::format("{} of {} responses are missing", asked - count.responses(), asked));
    }
    if (count.errors() > 0) {
        throw std::runtime_error(fmt::format("{} of {} requests failed", count.errors(), asked));
    }
}

asio::awaitable<void> list_allocations(HostPort server, std::string pool, std::FILE* output,
                                       asio::steady_timer::duration limit) {
    json::object request{{"op", "list"}};
    if (!pool.empty()) {
        request["pool"] = pool;
    }
    for (Page page{.more = true}; page.more;) {
        const json::value result = co_await call(server, request, limit);
        page = read_response(server, [&] { return page_of(result, page.last); });
        write_output(output, page.lines);
        if (page.last) {
            request["after"] = to_string(*page.last);
        }
    }
}

}  // namespace cookbook::cidr_manager
