// System calls of the thread style.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <string>

#include "common/async/asio.hpp"

namespace cookbook::command_server {

/// The peer's address; "an unknown address" if it is gone already.
std::string name_of_peer(int descriptor);

/// Waits, and returns how many bytes came; 0 if the peer has ended its half; -1, and errno as
/// recv(2) sets it, if the connection is broken. A limit that the socket has for receiving is not
/// obeyed.
ssize_t receive(int descriptor, std::span<char> buffer);

/// Sends what can be sent without waiting, of at most as many buffers as an outbox gathers. Returns
/// how much that was; -1, and errno as sendmsg(2) sets it.
ssize_t send_now(int descriptor, std::span<const asio::const_buffer> buffers);

}  // namespace cookbook::command_server
