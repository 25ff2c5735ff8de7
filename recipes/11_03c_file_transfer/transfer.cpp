#include "transfer.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>
#include <variant>

#include "failure.hpp"
#include "file_blocks.hpp"

namespace cookbook::file_transfer {
namespace {

TimePoint clock_now() {
    return std::chrono::steady_clock::now();
}

/// Long enough to see the last block come again: its sender repeats it when 1, 3 and 7 of its
/// timeouts have passed, which are about as long as ours.
Duration shortest_dally(const Receiver& receiver, const Terms& terms) {
    return std::min(8 * receiver.timeout(), terms.give_up);
}

[[noreturn]] void fail_by_silence() {
    throw Failure("no reply");
}

/// Whether it is the server's OACK once more: our reply to it is lost, or late, and the timer sends
/// it again. To take it for an ACK of block 0 would be wrong once the numbers have begun anew.
bool is_repeated_opening(const Packet& packet, bool is_client) {
    return is_client && std::holds_alternative<OptionAck>(packet);
}

void take_ack(Sender& sender, std::string_view datagram, bool is_client) {
    const Packet packet = parse(datagram);
    if (const auto* ack = std::get_if<Ack>(&packet)) {
        sender.acknowledge(ack->block, clock_now());
    } else if (!is_repeated_opening(packet, is_client)) {
        fail_by_packet(packet);
    }
}

void take_data(Receiver& receiver, std::string_view datagram, const Terms& terms,
               PendingData& pending) {
    const Packet packet = parse(datagram);
    const auto* data = std::get_if<Data>(&packet);
    if (data == nullptr) {
        if (is_repeated_opening(packet, terms.answered)) {
            return;
        }
        fail_by_packet(packet);
    }
    if (data->bytes.size() > terms.block_size) {
        throw Failure(ErrorCode::illegal_operation, "a block of more than the agreed size");
    }
    if (receiver.accept(data->block, data->bytes.size(), clock_now())) {
        pending.append(data->bytes);
    }
}

/// Before any DATA it is the opening, maybe an OACK. A sender that has sent its first window takes
/// only ACKs: one of block 0 asks for that window again.
void send_due_ack(Channel& channel, Receiver& receiver, std::string_view opening) {
    if (const auto block = receiver.take(clock_now())) {
        channel.send(receiver.answered() ? encode(Ack{wire_number(*block)}) : std::string(opening));
    }
}

}  // namespace

asio::awaitable<void> send_file(Channel& channel, const SourceFile& file, Terms terms,
                                std::string opening) {
    const std::uint64_t last = file.size / terms.block_size + 1;  // shorter than the others
    const bool is_client = terms.answered;
    Sender sender(terms, opening.empty() ? 1 : 0, last, clock_now());
    while (!sender.done()) {
        const Blocks blocks = sender.take(clock_now());
        if (blocks.count > 0 && blocks.first == 0) {
            channel.send(opening);
        } else if (blocks.count > 0) {
            send_blocks(channel, file, terms.block_size, blocks);
        }
        const auto packets = co_await channel.receive_until(sender.wakes_at());
        for (const std::string_view packet : packets) {
            take_ack(sender, packet, is_client);
        }
        if (sender.gave_up(clock_now())) {
            fail_by_silence();
        }
    }
}

asio::awaitable<Receiver> receive_file(Channel& channel, Incoming incoming, Terms terms,
                                       Duration dally) {
    Receiver receiver(terms, clock_now());
    PendingData pending(incoming.sink, incoming.max_size);
    if (incoming.first) {
        take_data(receiver, *incoming.first, terms, pending);
    }
    while (!receiver.complete()) {
        send_due_ack(channel, receiver, incoming.opening);
        const auto packets = co_await channel.receive_until(receiver.wakes_at());
        for (const std::string_view packet : packets) {
            take_data(receiver, packet, terms, pending);
        }
        if (receiver.gave_up(clock_now())) {
            fail_by_silence();
        }
    }
    pending.flush();
    // [step 4] Give the file its name, and only then acknowledge its last block.
    co_await incoming.sink.finish();
    receiver.finish(std::max(dally, shortest_dally(receiver, terms)), clock_now());
    send_due_ack(channel, receiver, incoming.opening);
    // [end]
    co_return receiver;
}

asio::awaitable<void> dally(Channel& channel, Receiver receiver) {
    co_await this_coro::reset_cancellation_state(asio::enable_total_cancellation());
    co_await this_coro::throw_if_cancelled(false);
    const asio::cancellation_state cancellation = co_await this_coro::cancellation_state;
    // [step 4] Repeat the ACK for whoever sends the last block again.
    while (cancellation.cancelled() == asio::cancellation_type::none &&
           !receiver.done(clock_now())) {
        const auto packets = co_await channel.receive_until(receiver.wakes_at());
        for (const std::string_view packet : packets) {
            const Packet parsed = parse(packet);
            if (const auto* data = std::get_if<Data>(&parsed)) {
                receiver.accept(data->block, data->bytes.size(), clock_now());
            } else if (std::holds_alternative<Error>(parsed)) {
                co_return;  // it has gone, and knows what it has
            }
        }
        send_due_ack(channel, receiver, {});
    }
    // [end]
}

void report(Channel& channel, const std::exception& failure) {
    if (const auto error = to_error(failure)) {
        channel.send(encode(*error));
    }
}

}  // namespace cookbook::file_transfer
