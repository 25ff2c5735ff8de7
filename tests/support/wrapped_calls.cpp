// What the linker puts in the place of each call: does what the rules alive want, then the call.
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <numeric>
#include <optional>
#include <span>

#include "support/wrapped.hpp"

namespace cookbook::testing {

namespace {

std::size_t total_size(std::span<const iovec> buffers) {
    return std::accumulate(
        buffers.begin(), buffers.end(), std::size_t{0},
        [](std::size_t sum, const iovec& buffer) { return sum + buffer.iov_len; });
}

// All of `buffers`, or, if they hold more than `most` bytes, a part of the first one that is not
// empty, kept in `part`.
std::span<const iovec> limited(std::span<const iovec> buffers, std::size_t most, iovec& part) {
    if (total_size(buffers) <= most) {
        return buffers;
    }
    part = *std::ranges::find_if(buffers, [](const iovec& buffer) { return buffer.iov_len != 0; });
    part.iov_len = std::min(part.iov_len, most);
    return {&part, 1};
}

msghdr with_buffers(msghdr message, std::span<const iovec> buffers) {
    message.msg_iov = const_cast<iovec*>(buffers.data());  // sendmsg and recvmsg leave it as it is
    message.msg_iovlen = buffers.size();
    return message;
}

int fail_with(int descriptor, int error) {
    if (error == EAGAIN) {
        renew_edge(descriptor);
    }
    errno = error;
    return -1;
}

// A call that moves no bytes.
template <typename Function, typename... Arguments>
int plain(Call call, Function function, int descriptor, Arguments... arguments) {
    const Effect effect = effect_on(call, descriptor);
    if (effect.error != 0) {
        return fail_with(descriptor, effect.error);
    }
    return function(descriptor, arguments...);
}

// A call that moves bytes to or from `buffers`: `move(n)` moves up to n of them.
template <typename Move>
ssize_t transfer(Call call, int descriptor, std::span<const iovec> buffers, Move move) {
    const Effect effect = effect_on(call, descriptor);
    if (effect.error != 0) {
        return fail_with(descriptor, effect.error);
    }
    const std::size_t size = total_size(buffers);
    const ssize_t moved = move(std::min(size, effect.most));
    const int error = errno;
    if (size > effect.most) {
        renew_edge(descriptor);
    }
    if (moved > 0) {
        report_transfer(call, descriptor, buffers, static_cast<std::size_t>(moved));
    }
    errno = error;
    return moved;
}

// The same with one buffer.
template <typename Move>
ssize_t transfer(Call call, int descriptor, const void* data, std::size_t size, Move move) {
    const iovec buffer{.iov_base = const_cast<void*>(data), .iov_len = size};
    return transfer(call, descriptor, std::span(&buffer, 1), move);
}

}  // namespace

namespace wrapped {

int accept(int, sockaddr*, socklen_t*) asm("__wrap_accept");
int accept4(int, sockaddr*, socklen_t*, int) asm("__wrap_accept4");
int connect(int, const sockaddr*, socklen_t) asm("__wrap_connect");
int epoll_ctl(int, int, int, epoll_event*) asm("__wrap_epoll_ctl");
int epoll_wait(int, epoll_event*, int, int) asm("__wrap_epoll_wait");
int getpeername(int, sockaddr*, socklen_t*) asm("__wrap_getpeername");
int poll(pollfd*, nfds_t, int) asm("__wrap_poll");
ssize_t read(int, void*, size_t) asm("__wrap_read");
ssize_t readv(int, const iovec*, int) asm("__wrap_readv");
ssize_t recv(int, void*, size_t, int) asm("__wrap_recv");
ssize_t recvfrom(int, void*, size_t, int, sockaddr*, socklen_t*) asm("__wrap_recvfrom");
int recvmmsg(int, mmsghdr*, unsigned, int, timespec*) asm("__wrap_recvmmsg");
ssize_t recvmsg(int, msghdr*, int) asm("__wrap_recvmsg");
ssize_t send(int, const void*, size_t, int) asm("__wrap_send");
int sendmmsg(int, mmsghdr*, unsigned, int) asm("__wrap_sendmmsg");
ssize_t sendmsg(int, const msghdr*, int) asm("__wrap_sendmsg");
ssize_t sendto(int, const void*, size_t, int, const sockaddr*, socklen_t) asm("__wrap_sendto");
int setsockopt(int, int, int, const void*, socklen_t) asm("__wrap_setsockopt");
int socket(int, int, int) asm("__wrap_socket");
int timerfd_settime(int, int, const itimerspec*, itimerspec*) asm("__wrap_timerfd_settime");
ssize_t write(int, const void*, size_t) asm("__wrap_write");
ssize_t writev(int, const iovec*, int) asm("__wrap_writev");

// With _FORTIFY_SOURCE, Ubuntu's default, glibc's headers call these if they know the buffer's
// size; they only abort if `size` exceeds it, which compilers and sanitizers report as well.
ssize_t read_checked(int, void*, size_t, size_t) asm("__wrap___read_chk");
ssize_t recv_checked(int, void*, size_t, size_t, int) asm("__wrap___recv_chk");
ssize_t recvfrom_checked(int, void*, size_t, size_t, int, sockaddr*,
                         socklen_t*) asm("__wrap___recvfrom_chk");
int poll_checked(pollfd*, nfds_t, int, size_t) asm("__wrap___poll_chk");

int accept(int listener, sockaddr* address, socklen_t* size) {
    return plain(Call::accept, real::accept, listener, address, size);
}

int accept4(int listener, sockaddr* address, socklen_t* size, int flags) {
    return plain(Call::accept4, real::accept4, listener, address, size, flags);
}

int connect(int descriptor, const sockaddr* address, socklen_t size) {
    return plain(Call::connect, real::connect, descriptor, address, size);
}

int epoll_ctl(int epoll, int operation, int descriptor, epoll_event* event) {
    const int result = plain(Call::epoll_ctl, real::epoll_ctl, epoll, operation, descriptor, event);
    if (result == 0) {
        watch(epoll, descriptor, operation == EPOLL_CTL_DEL ? nullptr : event);
    }
    return result;
}

int epoll_wait(int epoll, epoll_event* events, int size, int limit) {
    const Effect effect = effect_on(Call::epoll_wait, epoll);
    if (effect.error != 0) {
        return fail_with(-1, effect.error);
    }
    const std::optional<int> quiet = rest_awaited();
    if (limit == 0 || !quiet) {
        return real::epoll_wait(epoll, events, size, limit);
    }
    const int ready = real::epoll_wait(epoll, events, size, *quiet);
    if (ready == 0) {
        announce_rest();
    }
    return ready;
}

int getpeername(int descriptor, sockaddr* address, socklen_t* size) {
    return plain(Call::getpeername, real::getpeername, descriptor, address, size);
}

int poll(pollfd* descriptors, nfds_t count, int limit) {
    const Effect effect = effect_on(Call::poll, count == 0 ? -1 : descriptors->fd);
    if (effect.error != 0) {
        return fail_with(-1, effect.error);
    }
    return real::poll(descriptors, count, limit);
}

int poll_checked(pollfd* descriptors, nfds_t count, int limit, size_t) {
    return wrapped::poll(descriptors, count, limit);
}

ssize_t read(int descriptor, void* data, size_t size) {
    return transfer(Call::read, descriptor, data, size,
                    [&](size_t n) { return real::read(descriptor, data, n); });
}

ssize_t read_checked(int descriptor, void* data, size_t size, size_t) {
    return wrapped::read(descriptor, data, size);
}

ssize_t readv(int descriptor, const iovec* buffers, int count) {
    const std::span<const iovec> all(buffers, static_cast<std::size_t>(count));
    return transfer(Call::readv, descriptor, all, [&](size_t n) {
        iovec part{};
        const std::span<const iovec> some = limited(all, n, part);
        return real::readv(descriptor, some.data(), static_cast<int>(some.size()));
    });
}

ssize_t recv(int descriptor, void* data, size_t size, int flags) {
    return transfer(Call::recv, descriptor, data, size,
                    [&](size_t n) { return real::recv(descriptor, data, n, flags); });
}

ssize_t recv_checked(int descriptor, void* data, size_t size, size_t, int flags) {
    return wrapped::recv(descriptor, data, size, flags);
}

ssize_t recvfrom(int descriptor, void* data, size_t size, int flags, sockaddr* address,
                 socklen_t* address_size) {
    return transfer(Call::recvfrom, descriptor, data, size, [&](size_t n) {
        return real::recvfrom(descriptor, data, n, flags, address, address_size);
    });
}

ssize_t recvfrom_checked(int descriptor, void* data, size_t size, size_t, int flags,
                         sockaddr* address, socklen_t* address_size) {
    return wrapped::recvfrom(descriptor, data, size, flags, address, address_size);
}

int recvmmsg(int descriptor, mmsghdr* messages, unsigned count, int flags, timespec* limit) {
    return plain(Call::recvmmsg, real::recvmmsg, descriptor, messages, count, flags, limit);
}

ssize_t recvmsg(int descriptor, msghdr* message, int flags) {
    const std::span<const iovec> all(message->msg_iov, message->msg_iovlen);
    return transfer(Call::recvmsg, descriptor, all, [&](size_t n) {
        iovec part{};
        msghdr shortened = with_buffers(*message, limited(all, n, part));
        const ssize_t received = real::recvmsg(descriptor, &shortened, flags);
        message->msg_namelen = shortened.msg_namelen;
        message->msg_controllen = shortened.msg_controllen;
        message->msg_flags = shortened.msg_flags;
        return received;
    });
}

ssize_t send(int descriptor, const void* data, size_t size, int flags) {
    return transfer(Call::send, descriptor, data, size,
                    [&](size_t n) { return real::send(descriptor, data, n, flags); });
}

int sendmmsg(int descriptor, mmsghdr* messages, unsigned count, int flags) {
    return plain(Call::sendmmsg, real::sendmmsg, descriptor, messages, count, flags);
}

ssize_t sendmsg(int descriptor, const msghdr* message, int flags) {
    const std::span<const iovec> all(message->msg_iov, message->msg_iovlen);
    return transfer(Call::sendmsg, descriptor, all, [&](size_t n) {
        iovec part{};
        const msghdr shortened = with_buffers(*message, limited(all, n, part));
        return real::sendmsg(descriptor, &shortened, flags);
    });
}

ssize_t sendto(int descriptor, const void* data, size_t size, int flags, const sockaddr* address,
               socklen_t address_size) {
    return transfer(Call::sendto, descriptor, data, size, [&](size_t n) {
        return real::sendto(descriptor, data, n, flags, address, address_size);
    });
}

int setsockopt(int descriptor, int level, int name, const void* value, socklen_t size) {
    return plain(Call::setsockopt, real::setsockopt, descriptor, level, name, value, size);
}

int socket(int family, int type, int protocol) {
    const Effect effect = effect_on(Call::socket, -1);
    if (effect.error != 0) {
        return fail_with(-1, effect.error);
    }
    return real::socket(family, type, protocol);
}

int timerfd_settime(int timer, int flags, const itimerspec* value, itimerspec* old) {
    remember_timer(timer);
    return plain(Call::timerfd_settime, real::timerfd_settime, timer, flags, value, old);
}

ssize_t write(int descriptor, const void* data, size_t size) {
    return transfer(Call::write, descriptor, data, size,
                    [&](size_t n) { return real::write(descriptor, data, n); });
}

ssize_t writev(int descriptor, const iovec* buffers, int count) {
    const std::span<const iovec> all(buffers, static_cast<std::size_t>(count));
    return transfer(Call::writev, descriptor, all, [&](size_t n) {
        iovec part{};
        const std::span<const iovec> some = limited(all, n, part);
        return real::writev(descriptor, some.data(), static_cast<int>(some.size()));
    });
}

}  // namespace wrapped

}  // namespace cookbook::testing
