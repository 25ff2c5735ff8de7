#include "client.hpp"

#include <functional>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>
#include <variant>

#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "common/net/utf8.hpp"
#include "failure.hpp"
#include "local_file.hpp"
#include "opening.hpp"
#include "transfer.hpp"

namespace cookbook::file_transfer {
namespace {

/// What is done once a server has replied, by the terms that hold then.
using Work = std::function<asio::awaitable<void>(Channel&, std::string reply, Terms)>;

asio::awaitable<void> receive_into(Sink& sink, Channel& channel, std::string reply, Terms terms) {
    const bool has_options = std::holds_alternative<OptionAck>(parse(reply));
    Incoming incoming{.sink = sink,
                      .max_size = std::numeric_limits<std::uint64_t>::max(),
                      .opening = encode(Ack{0})};
    if (!has_options) {
        incoming.first = std::move(reply);
    }
    const Receiver receiver = co_await receive_file(channel, std::move(incoming), terms, 0s);
    // As a child: it has a way of its own to be cancelled, which is not to stay our caller's.
    TaskGroup dallying(co_await this_coro::executor);
    dallying.spawn(dally(channel, receiver));
    co_await dallying.join();
}

asio::awaitable<void> send_from(const SourceFile& file, Channel& channel, std::string reply,
                                Terms terms) {
    const Packet packet = parse(reply);
    const auto* ack = std::get_if<Ack>(&packet);
    if (!std::holds_alternative<OptionAck>(packet) && (ack == nullptr || ack->block != 0)) {
        fail_by_packet(packet);
    }
    co_await send_file(channel, file, terms);
}

/// Asks for a transfer, and does the work. Tells the server if that fails.
asio::awaitable<void> transfer_by(ClientSettings settings, Request request, Work work) {
    Opening opening = co_await open_transfer(settings, request);
    Buffers buffers;
    Channel channel(std::move(opening.socket), opening.peer, buffers);
    try {
        const Terms terms = agree(settings, request, opening);
        co_await work(channel, opening.reply, terms);
    } catch (const std::exception& failure) {
        report(channel, failure);
        throw;
    }
}

/// Rethrows what is being handled, with what failed in front of it.
[[noreturn]] void rethrow_as(const std::string& what) {
    try {
        throw;
    } catch (const std::exception& failure) {
        if (is_cancellation(failure)) {
            throw;  // we are being stopped
        }
        throw std::runtime_error(what + ": " + printable(describe(failure)));
    }
}

}  // namespace

asio::awaitable<void> get(ClientSettings settings, std::string name, std::string path) {
    try {
        const std::unique_ptr<Sink> sink = open_sink(path);  // what cannot be written is not asked
        const Work receive = [&](Channel& channel, std::string reply, const Terms& terms) {
            return receive_into(*sink, channel, std::move(reply), terms);
        };
        co_await transfer_by(settings, make_request(settings, false, name, 0), receive);
    } catch (...) {
        rethrow_as("get " + printable(name));
    }
}

asio::awaitable<void> put(ClientSettings settings, std::string path, std::string name) {
    try {
        const SourceFile file = co_await open_source(path);
        const Work send = [&](Channel& channel, std::string reply, const Terms& terms) {
            return send_from(file, channel, std::move(reply), terms);
        };
        co_await transfer_by(settings, make_request(settings, true, name, file.size), send);
    } catch (...) {
        rethrow_as("put " + printable(path) + (name == path ? "" : " as " + printable(name)));
    }
}

}  // namespace cookbook::file_transfer
