// The server.
#pragma once

#include <boost/asio/ip/udp.hpp>
#include <cstddef>
#include <cstdint>

#include "channel.hpp"
#include "common/async/asio.hpp"
#include "root_folder.hpp"
#include "window.hpp"

namespace cookbook::file_transfer {

struct Options {
    /// Whether files may be put.
    bool writable = false;
    /// Transfers at once; further ones are refused.
    std::size_t max_transfers = 100;
    /// Bytes of a file that is put.
    std::uint64_t max_file = std::uint64_t{1} << 30U;
    /// How long to wait for the first reply, within RetransmissionTimeout's limits; later ones are
    /// measured.
    Duration timeout = 500ms;
    /// A transfer that has not got on for this long ends.
    Duration give_up = 10s;
    /// How long transfers may go on after the order to stop.
    Duration drain_timeout = 5s;
};

/// Serves files of `root` by TFTP, on a socket of udp_server::open_socket(), until it is cancelled.
/// Then it takes no more requests, and lets the transfers finish. Each transfer has a socket of its
/// own, on the address that was asked. Throws system_error if the socket is broken.
asio::awaitable<void> serve(udp::socket socket, const RootFolder& root, Options options);

}  // namespace cookbook::file_transfer
