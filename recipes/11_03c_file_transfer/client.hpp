// The clients of the command line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/address.hpp"
#include "window.hpp"

namespace cookbook::file_transfer {

/// Which server, and what it is asked for.
struct ClientSettings {
    HostPort server{.port = 6969};
    std::size_t block_size = 1428;  // with all headers an Ethernet frame, even of IPv6 in IPv4
    std::uint64_t window = 16;      // no more than granted_window() of it is asked for
    /// How long to wait for the first reply, within RetransmissionTimeout's limits; later ones are
    /// measured.
    Duration timeout = 500ms;
    /// A server that lets nothing get on for this long has gone.
    Duration give_up = 10s;
};

/// Gets the file `name` and puts it into its place when it is whole, `path`, or writes it to stdout
/// as it comes, if `path` is empty. Throws std::runtime_error, "get NAME: reason", with the
/// server's own words if it has some, and std::system_error.
asio::awaitable<void> get(ClientSettings settings, std::string name, std::string path);

/// Puts the file `path`, or all of stdin if that is "-", onto the server as `name`. What is no
/// regular file is read to its end first: the server is asked with its size. Throws
/// std::runtime_error, "put PATH: reason", or "put PATH as NAME: reason" if the name is another,
/// and std::system_error.
asio::awaitable<void> put(ClientSettings settings, std::string path, std::string name);

}  // namespace cookbook::file_transfer
