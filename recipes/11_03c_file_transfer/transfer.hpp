// One sender and one receiver, for server and client alike: they move a file over a channel as
// window.hpp says.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>

#include "channel.hpp"
#include "common/async/asio.hpp"
#include "file_blocks.hpp"
#include "root_folder.hpp"
#include "window.hpp"

namespace cookbook::file_transfer {

/// Sends the file. `opening` is the OACK that takes the place of a first block; without one, the
/// first packet is DATA 1.
///
/// Throws Failure if the peer reports an error, breaks the protocol or is silent, and system_error.
/// The caller tells the peer: report().
asio::awaitable<void> send_file(Channel& channel, const SourceFile& file, Terms terms,
                                std::string opening = {});

struct Incoming {
    Sink& sink;
    std::uint64_t max_size;
    std::string opening;                    // what is sent for the ACK of block 0: that, or an OACK
    std::optional<std::string> first = {};  // a packet that has come already
};

/// Receives a file, and returns when it has its name and the last ACK has been sent: then dally(),
/// for the time `dally` or long enough to see the sender repeat the last block a few times.
/// Throws as send_file() does, and what the sink throws.
asio::awaitable<Receiver> receive_file(Channel& channel, Incoming incoming, Terms terms,
                                       Duration dally);

/// Stays to repeat the last ACK, which may have been lost, until the receiver's time for it is over
/// or the caller is cancelled (total, too).
asio::awaitable<void> dally(Channel& channel, Receiver receiver);

/// Tells the peer by an ERROR why the transfer ends, unless it has told us, or is silent.
void report(Channel& channel, const std::exception& failure);

}  // namespace cookbook::file_transfer
