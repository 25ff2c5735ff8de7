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
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/async/deadline.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/conversation.hpp"
#include "common/cli/input.hpp"
#include "common/cli/output.hpp"
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
        throw std::runtime_error(fmt::format("receive from {}: {}", to_string(server),
                                             deadline.reason(read_error).message()));
    }
    response.resize(n);
    co_return response;
}

json::value result_of(std::string_view response) {
    json::error_code error;
    json::value value = json::parse(response, error);
    const json::object* object = error ? nullptr : value.if_object();
    if (object != nullptr && object->contains("result")) {
        return object->at("result");
    }
    const json::value* reason = object != nullptr ? object->if_contains("error") : nullptr;
    throw std::runtime_error(reason != nullptr && reason->is_string()
                                 ? std::string(reason->get_string())
                                 : "the server's response is not one");
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
    const std::string response =
        co_await exchange(std::move(server), json::serialize(request) + '\n', limit);
    co_return result_of(response);
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
    for (bool more = true; more;) {
        const json::value page = co_await call(server, request, limit);
        std::string lines;
        for (const json::value& allocation : page.at("allocations").as_array()) {
            const json::string& network = allocation.at("network").as_string();
            const json::string& owner = allocation.at("owner").as_string();
            lines +=
                fmt::format("{}{}{}\n", network.c_str(), owner.empty() ? "" : " ", owner.c_str());
            request["after"] = network;
        }
        write_output(output, lines);
        more = page.at("more").as_bool();
    }
}

}  // namespace cookbook::cidr_manager
