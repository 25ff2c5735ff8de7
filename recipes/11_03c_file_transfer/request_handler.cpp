#include "request_handler.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "common/net/address.hpp"
#include "common/net/utf8.hpp"
#include "failure.hpp"
#include "transfer.hpp"

namespace cookbook::file_transfer {
namespace {

/// A file that is put: synced on a thread that may be kept waiting by the disk.
class DraftSink final : public Sink {
public:
    DraftSink(const RootFolder& root, std::string_view name, asio::thread_pool& disk)
        : draft_(root.create(name)), disk_(disk) {}

    void write(std::string_view data) override { draft_.write(data); }
    asio::awaitable<void> finish() override {
        // Not cancelled, as http::on_thread() is not: it ends by itself.
        co_await asio::co_spawn(
            disk_, commit(draft_),
            asio::bind_cancellation_slot(asio::cancellation_slot(), use_awaitable));
    }

private:
    static asio::awaitable<void> commit(Draft& draft) {
        draft.commit();
        co_return;
    }

    Draft draft_;
    asio::thread_pool& disk_;
};

/// What is granted of the options for a file of that size.
OptionValues grant(const OptionValues& asked, std::uint64_t size) {
    OptionValues granted{.blksize = asked.blksize, .timeout = asked.timeout};
    if (asked.windowsize) {
        granted.windowsize =
            granted_window(*asked.windowsize, asked.blksize.value_or(default_block_size));
    }
    if (asked.tsize) {
        granted.tsize = size;
    }
    return granted;
}

Terms terms_of(const OptionValues& granted, const Options& options) {
    const Duration timeout =
        granted.timeout ? std::chrono::seconds(*granted.timeout) : options.timeout;
    return {.block_size = granted.blksize.value_or(default_block_size),
            .window = granted.windowsize.value_or(1),
            .timeout = RetransmissionTimeout(timeout),
            .give_up = options.give_up,
            .answered = false};
}

/// The OACK; nothing if nothing is granted.
std::string option_ack(const OptionValues& granted) {
    return granted == OptionValues{} ? std::string() : encode(OptionAck{granted});
}

asio::awaitable<void> read_file(Shared& shared, Channel& channel, Request request) {
    const SourceFile file = shared.root.open(request.name);
    const OptionValues granted = grant(request.options, file.size);
    co_await send_file(channel, file, terms_of(granted, shared.options), option_ack(granted));
    spdlog::info("{} has got {}, {} bytes", to_string(channel.peer()), printable(request.name),
                 file.size);
}

asio::awaitable<Receiver> write_file(Shared& shared, Channel& channel, Request request) {
    const std::uint64_t size = request.options.tsize.value_or(0);
    if (!shared.options.writable) {
        throw Failure(ErrorCode::access_violation, "this server takes no files");
    }
    if (size > shared.options.max_file) {
        throw Failure(ErrorCode::too_large, "the file is too large");
    }
    DraftSink sink(shared.root, request.name, shared.disk);
    const OptionValues granted = grant(request.options, size);
    std::string opening = option_ack(granted);
    const Duration dally =
        shared.dallying < shared.options.max_transfers ? shared.options.give_up : 0s;
    Receiver receiver =
        co_await receive_file(channel,
                              {.sink = sink,
                               .max_size = shared.options.max_file,
                               .opening = opening.empty() ? encode(Ack{0}) : std::move(opening)},
                              terms_of(granted, shared.options), dally);
    spdlog::info("{} has put {}", to_string(channel.peer()), printable(request.name));
    co_return receiver;
}

}  // namespace

asio::awaitable<std::optional<Receiver>> handle_request(Shared& shared, Channel& channel,
                                                        Request request) {
    if (request.write) {
        co_return co_await write_file(shared, channel, std::move(request));
    }
    co_await read_file(shared, channel, std::move(request));
    co_return std::nullopt;
}

}  // namespace cookbook::file_transfer
