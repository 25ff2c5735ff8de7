#include "opening.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include "common/async/deadline.hpp"
#include "common/async/within.hpp"
#include "failure.hpp"

namespace cookbook::file_transfer {
namespace {

asio::awaitable<udp::resolver::results_type> look_up(HostPort server) {
    udp::resolver resolver(co_await this_coro::executor);
    co_return co_await resolver.async_resolve(server.host, std::to_string(server.port),
                                              use_awaitable);
}

asio::awaitable<udp::resolver::results_type> resolve(HostPort server) {
    try {
        co_return co_await within(10s, look_up(server));
    } catch (const boost::system::system_error& failure) {
        throw std::system_error(failure.code(), to_string(server));
    }
}

/// Has the kernel report that nobody listens (ICMP), which it does by itself for connected sockets
/// only (ip(7), IP_RECVERR). Ours cannot be: the reply comes from another port.
void report_refusals(udp::socket& socket, bool is_v6, bool on) {
    using V4 = asio::detail::socket_option::boolean<IPPROTO_IP, IP_RECVERR>;
    using V6 = asio::detail::socket_option::boolean<IPPROTO_IPV6, IPV6_RECVERR>;
    error_code ignored;  // then silence is all that a refusal is
    if (is_v6) {
        socket.set_option(V6(on), ignored);
    } else {
        socket.set_option(V4(on), ignored);
    }
}

/// Waits for a reply from that address until the deadline cancels the wait. Returns why there is
/// none.
asio::awaitable<error_code> receive_reply_from(udp::socket& socket, asio::ip::address server,
                                               std::string& reply, udp::endpoint& peer) {
    for (;;) {
        reply.resize(header_size + max_block_size);
        const auto [error, size] =
            co_await socket.async_receive_from(asio::buffer(reply), peer, use_nothrow);
        if (error) {
            co_return error;
        }
        reply.resize(size);
        if (peer.address() == server) {
            co_return error_code();
        }
        // If nobody listens there, that would be taken for the server's refusal. So from here on
        // silence is all that a refusal is.
        report_refusals(socket, peer.address().is_v6(), false);
        refuse_stranger(socket, peer, reply);
    }
}

/// One address of the server.
asio::awaitable<std::optional<Opening>> ask_at(const ClientSettings& settings,
                                               const std::string& packet, udp::endpoint server,
                                               error_code& reason) {
    using clock = std::chrono::steady_clock;
    Opening opening{.socket = udp::socket(co_await this_coro::executor),
                    .peer = {},
                    .reply = {},
                    .timeout = RetransmissionTimeout(settings.timeout)};
    opening.socket.open(server.protocol(), reason);
    if (reason) {
        co_return std::nullopt;
    }
    report_refusals(opening.socket, server.address().is_v6(), true);
    const TimePoint begin = clock::now();
    for (int attempts = 1; clock::now() < begin + settings.give_up; ++attempts) {
        const TimePoint sent_at = clock::now();
        opening.socket.send_to(asio::buffer(packet), server, 0, reason);
        if (!reason) {
            Deadline deadline(opening.socket, Deadline::Effect::cancel);
            deadline.expires_after(
                std::min(opening.timeout.value(), begin + settings.give_up - sent_at));
            reason = co_await receive_reply_from(opening.socket, server.address(), opening.reply,
                                                 opening.peer);
        }
        if (!reason) {
            if (attempts == 1) {
                opening.timeout.sample(clock::now() - sent_at);
            }
            opening.timeout.restore();
            report_refusals(opening.socket, server.address().is_v6(), false);
            co_return opening;
        }
        if (reason != asio::error::operation_aborted) {
            co_return std::nullopt;
        }
        opening.timeout.back_off();
    }
    co_return std::nullopt;
}

}  // namespace

Request make_request(const ClientSettings& settings, bool write, std::string name,
                     std::uint64_t size) {
    Request request{.write = write,
                    .name = std::move(name),
                    .options = {.blksize = static_cast<std::uint16_t>(settings.block_size),
                                .windowsize = granted_window(settings.window, settings.block_size),
                                .tsize = size}};
    if (encode(request).size() > max_request) {
        throw Failure("the name is too long");
    }
    return request;
}

asio::awaitable<Opening> open_transfer(ClientSettings settings, Request request) {
    const std::string packet = encode(request);
    const auto addresses = co_await resolve(settings.server);
    error_code reason;
    for (const auto& entry : addresses) {
        auto opening = co_await ask_at(settings, packet, entry.endpoint(), reason);
        if (opening) {
            co_return std::move(*opening);
        }
        if (reason == asio::error::operation_aborted) {  // it was silent for all the time we have
            throw Failure("no reply from " + to_string(settings.server));
        }
    }
    throw std::system_error(reason, to_string(settings.server));
}

Terms agree(const ClientSettings& settings, const Request& request, const Opening& opening) {
    Terms terms{.timeout = opening.timeout, .give_up = settings.give_up};
    const Packet packet = parse(opening.reply);
    const auto* ack = std::get_if<OptionAck>(&packet);
    if (ack == nullptr) {
        return terms;  // a server without options
    }
    const OptionValues& granted = ack->options;
    const OptionValues& asked = request.options;
    terms.block_size = granted.blksize.value_or(default_block_size);
    terms.window = granted.windowsize.value_or(1);
    if (granted.others || granted.timeout || granted.blksize > asked.blksize ||
        granted.windowsize > asked.windowsize || (request.write && granted.tsize > asked.tsize)) {
        throw Failure(ErrorCode::options_refused, "more options than were asked for");
    }
    return terms;
}

}  // namespace cookbook::file_transfer
