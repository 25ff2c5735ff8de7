// What is behind the calls that wrapped_calls.cmake redirects: `real::f` is the function
// itself, and `wrapped::f`, in clock.cpp and wrapped_calls.cpp, is what every object linked
// into a test program gets in its place. ld(1), --wrap.
//
// Calls from inside shared libraries (libstdc++, OpenSSL) are not redirected.

#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>

#include "support/system_calls.hpp"

namespace cookbook::testing::real {

std::chrono::steady_clock::time_point steady_now() asm(
    "__real__ZNSt6chrono3_V212steady_clock3nowEv");
std::chrono::system_clock::time_point system_now() asm(
    "__real__ZNSt6chrono3_V212system_clock3nowEv");

int accept(int, sockaddr*, socklen_t*) asm("__real_accept");
int accept4(int, sockaddr*, socklen_t*, int) asm("__real_accept4");
int connect(int, const sockaddr*, socklen_t) asm("__real_connect");
int epoll_ctl(int, int, int, epoll_event*) asm("__real_epoll_ctl");
int epoll_wait(int, epoll_event*, int, int) asm("__real_epoll_wait");
int getpeername(int, sockaddr*, socklen_t*) asm("__real_getpeername");
int poll(pollfd*, nfds_t, int) asm("__real_poll");
ssize_t read(int, void*, size_t) asm("__real_read");
ssize_t readv(int, const iovec*, int) asm("__real_readv");
ssize_t recv(int, void*, size_t, int) asm("__real_recv");
ssize_t recvfrom(int, void*, size_t, int, sockaddr*, socklen_t*) asm("__real_recvfrom");
int recvmmsg(int, mmsghdr*, unsigned, int, timespec*) asm("__real_recvmmsg");
ssize_t recvmsg(int, msghdr*, int) asm("__real_recvmsg");
ssize_t send(int, const void*, size_t, int) asm("__real_send");
int sendmmsg(int, mmsghdr*, unsigned, int) asm("__real_sendmmsg");
ssize_t sendmsg(int, const msghdr*, int) asm("__real_sendmsg");
ssize_t sendto(int, const void*, size_t, int, const sockaddr*, socklen_t) asm("__real_sendto");
int setsockopt(int, int, int, const void*, socklen_t) asm("__real_setsockopt");
int socket(int, int, int) asm("__real_socket");
int timerfd_settime(int, int, const itimerspec*, itimerspec*) asm("__real_timerfd_settime");
ssize_t write(int, const void*, size_t) asm("__real_write");
ssize_t writev(int, const iovec*, int) asm("__real_writev");

}  // namespace cookbook::testing::real

namespace cookbook::testing {

/// What the rules alive want of a call on `descriptor`.
Effect effect_on(Call call, int descriptor);

/// Shows those who watch transfers what a call has moved: the first `moved` bytes of `buffers`.
void report_transfer(Call call, int descriptor, std::span<const iovec> buffers, std::size_t moved);

/// Keeps how `epoll` watches `descriptor`; null: no more.
void watch(int epoll, int descriptor, const epoll_event* event);

/// An edge-triggered reactor that is told "would block", or sees a short write, waits for the next
/// edge. The kernel knows nothing of our fault and would never send one: watching anew does.
void renew_edge(int descriptor);

/// Where somebody on this thread waits for its event loop to come to rest (settle()): for how many
/// milliseconds nothing must happen first.
std::optional<int> rest_awaited();

/// Wakes those who wait for that.
void announce_rest();

/// Keeps the timer descriptor of a reactor, which a leap of the clock must wake.
void remember_timer(int descriptor);

}  // namespace cookbook::testing
