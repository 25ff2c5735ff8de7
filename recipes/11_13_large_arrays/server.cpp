#include "server.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <string>
#include <utility>

#include "bulk.hpp"
#include "common/net/stream.hpp"
#include "zero_copy.hpp"

namespace cookbook::large_arrays {
namespace {

using boost::system::system_error;
using duration = asio::steady_timer::duration;

/// Sends the header and what there is of the array, then the rest as it is made. `send` sends a
/// head and a body, perhaps without a wait: so others on the event loop have their turn in between.
template <typename Send>
asio::awaitable<void> send_numbers(Numbers& numbers, std::string_view header, Send& send) {
    std::span<const std::byte> head = std::as_bytes(std::span(header));
    std::size_t sent = 0;
    do {
        const std::span<const std::byte> body = numbers.from(sent);
        co_await send(head, body);
        head = {};
        sent += body.size();
        co_await asio::post(co_await this_coro::executor, use_awaitable);
    } while (sent < numbers.size());
}

asio::awaitable<void> send_copied(StreamSocket& socket, Numbers& numbers, std::string header,
                                  duration limit) {
    auto send = [&](auto head, auto body) { return send_bytes(socket, head, body, limit); };
    co_await send_numbers(numbers, header, send);
}

asio::awaitable<void> send_uncopied(StreamSocket& socket, Numbers& numbers, std::string header,
                                    duration limit, std::string peer) {
    ZeroCopySender sender(socket, limit);  // after `header`, which it may still refer to
    auto send = [&](auto head, auto body) { return sender.send(head, body); };
    co_await send_numbers(numbers, header, send);
    co_await sender.finish();
    const Completions& completions = sender.completions();
    spdlog::info("{}: the kernel has copied {} of {} sends after all", peer, completions.copied(),
                 completions.total());
}

asio::awaitable<void> send_offer(StreamSocket& socket, Offer& offer, duration limit,
                                 std::string peer) {
    if (auto* file = std::get_if<NpyFile>(&offer.source)) {
        co_return co_await send_file(socket, *file, offer.raw ? file->elements() : 0, limit);
    }
    auto& numbers = std::get<Numbers>(offer.source);
    std::string header = offer.raw ? std::string() : write_header(numbers.header());
    if (offer.zero_copy) {
        co_await send_uncopied(socket, numbers, std::move(header), limit, std::move(peer));
    } else {
        co_await send_copied(socket, numbers, std::move(header), limit);
    }
}

std::string name_of_peer(const StreamSocket& socket) {
    error_code gone;  // it may have left already
    return to_string(to_address(socket.remote_endpoint(gone)));
}

asio::awaitable<void> handle(StreamSocket socket, Offer& offer, duration limit) {
    const std::string peer = name_of_peer(socket);
    try {
        co_await send_offer(socket, offer, limit, peer);
    } catch (const system_error& failure) {
        throw system_error(failure.code(), "send to " + peer);
    }
    SocketStream stream(std::move(socket));
    co_await lingering_close(stream);
}

}  // namespace

asio::awaitable<void> serve_array(StreamAcceptor acceptor, Offer offer, Limits limits) {
    if (std::holds_alternative<NpyFile>(offer.source)) {
        std::signal(SIGPIPE, SIG_IGN);  // sendfile(2) raises it, if the peer has left
    }
    co_await serve(std::move(acceptor), limits, [&](StreamSocket socket) {
        return handle(std::move(socket), offer, limits.idle_timeout);
    });
}

}  // namespace cookbook::large_arrays
