// What a server does with a request.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <optional>

#include "channel.hpp"
#include "common/async/asio.hpp"
#include "root_folder.hpp"
#include "server.hpp"
#include "tftp.hpp"
#include "window.hpp"

namespace cookbook::file_transfer {

/// What the transfers of a server share.
struct Shared {
    const RootFolder& root;
    Options options;
    Buffers buffers = {};
    asio::thread_pool disk{1};  // waits for the disk instead of the event loop
    std::size_t dallying = 0;   // transfers that have ended, but for their last ACK
};

/// Carries out one request. Returns the receiver of a file that has been put, which may dally().
/// Throws Failure and system_error.
asio::awaitable<std::optional<Receiver>> handle_request(Shared& shared, Channel& channel,
                                                        Request request);

}  // namespace cookbook::file_transfer
