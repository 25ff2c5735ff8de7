// Any datagrams, at any times: what is read can be written and read again, and sender and receiver
// keep what they promise, whatever a peer sends.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>

#include "11_03c_file_transfer/failure.hpp"
#include "11_03c_file_transfer/tftp.hpp"
#include "11_03c_file_transfer/window.hpp"
#include "common/net/utf8.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::file_transfer;

void require_property(bool holds) {
    if (!holds) {
        std::abort();
    }
}

void check_packet(std::string_view datagram) {
    const Packet packet = parse(datagram);
    if (const auto* request = std::get_if<Request>(&packet)) {
        require_property(datagram.size() <= max_request);
        require_property(request->name.find('\0') == std::string::npos);
        const Packet again = parse(encode(*request));
        OptionValues known = request->options;
        known.others = false;
        require_property(std::get<Request>(again).name == request->name);
        require_property(std::get<Request>(again).options == known);
    } else if (const auto* data = std::get_if<Data>(&packet)) {
        require_property(data->bytes.size() + header_size == datagram.size());
    } else if (const auto* error = std::get_if<Error>(&packet)) {
        const std::string line = text_of(*error);
        require_property(is_utf8(line) && line.find_first_of("\n\r\x1b") == std::string::npos);
    } else if (const auto* ack = std::get_if<OptionAck>(&packet)) {
        const std::uint16_t size = ack->options.blksize.value_or(default_block_size);
        require_property(min_block_size <= size && size <= max_block_size);
        require_property(ack->options.windowsize != 0U && ack->options.timeout != 0U);
    }
    const bool is_error =
        datagram.size() >= 2 && datagram.substr(0, 2) == std::string_view("\0\5", 2);
    require_property(std::holds_alternative<Error>(packet) == is_error);
}

/// Three bytes at a time: how much time passes, and which block is acknowledged.
void check_sender(std::string_view input, std::uint64_t window, bool answered) {
    TimePoint now{};
    Sender sender({.window = window, .answered = answered}, answered ? 1 : 0, 70'000, now);
    std::uint64_t first = 0;
    int unanswered = 0;
    bool has_answered = answered;
    for (; input.size() >= 3 && !sender.done(); input.remove_prefix(3)) {
        const Blocks blocks = sender.take(now);
        require_property(blocks.count <= window);
        if (blocks.count > 0) {
            require_property(first <= blocks.first);  // a window never slides back
            first = blocks.first;
            require_property(blocks.first + blocks.count <= 70'001);
            has_answered = has_answered || blocks.first > 0;
            unanswered += has_answered ? 0 : 1;
            require_property(unanswered <= max_copies);
        }
        require_property(sender.gave_up(now) || sender.wakes_at() > now);
        now += std::chrono::milliseconds(static_cast<unsigned char>(input[0]));
        sender.acknowledge(static_cast<std::uint16_t>(static_cast<unsigned char>(input[1]) << 8U |
                                                      static_cast<unsigned char>(input[2])),
                           now);
    }
}

/// Three bytes at a time: how much time passes and whether the block is a short one, and which.
void check_receiver(std::string_view input, std::uint64_t window) {
    TimePoint now{};
    Receiver receiver({.block_size = 8, .window = window}, now);
    std::uint64_t accepted = 0;
    for (; input.size() >= 3; input.remove_prefix(3)) {
        now += std::chrono::milliseconds(static_cast<unsigned char>(input[0]) / 2);
        const auto block = static_cast<std::uint16_t>(static_cast<unsigned char>(input[1]) << 8U |
                                                      static_cast<unsigned char>(input[2]));
        const bool was_complete = receiver.complete();
        if (receiver.accept(block, input[0] % 2 == 0 ? 8 : 0, now)) {
            require_property(!was_complete && block == wire_number(++accepted));
        }
        const auto ack = receiver.take(now);
        require_property(!ack || (*ack == accepted && !receiver.complete()));
    }
    if (receiver.complete()) {
        receiver.finish(std::chrono::seconds(1), now);
        require_property(receiver.take(now) == accepted);
        require_property(receiver.done(now + std::chrono::seconds(1)));
    }
}

}  // namespace

/// The first byte is the window; the rest is a packet, and what a sender or a receiver gets.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::uint64_t window = 1U + data[0] % 64U;
    check_packet(input);
    check_sender(input, window, data[0] >= 128);
    check_receiver(input, window);
    return 0;
}
