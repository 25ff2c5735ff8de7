// Workers that the server makes itself.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>

#include "common/net/descriptor.hpp"

namespace cookbook::fd_passing {

/// A process that forks workers, replaces those that die, and ends them when its parent ends. It
/// has one thread and no event loop: fork() copies one thread only, and an epoll instance would be
/// shared. So workers can be forked at any time, though the server itself may not fork any more.
class Nursery {
public:
    struct Settings {
        std::size_t workers = 2;
        /// How long workers may take to end after SIGTERM.
        std::chrono::milliseconds grace{5000};
    };
    /// What a worker does, with its end of a socket pair; returns its exit status.
    using Work = std::function<int(Descriptor server)>;

    /// Forks it. Call it before there is a second thread or an io_context. Throws
    /// std::system_error.
    Nursery(Settings settings, const Work& work);
    Nursery(const Nursery&) = delete;
    Nursery& operator=(const Nursery&) = delete;
    /// Closes the socket, if that has not been taken, and waits until all have ended.
    ~Nursery();

    /// The socket over which the other end of each worker's pair comes, one in a message (see
    /// recv_fds()). All workers are told to end when it is closed.
    [[nodiscard]] Descriptor take_socket() { return std::move(socket_); }

private:
    Descriptor socket_;
    pid_t process_ = -1;
};

}  // namespace cookbook::fd_passing
