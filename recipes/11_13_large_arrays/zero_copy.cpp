#include "zero_copy.hpp"

#include <linux/errqueue.h>
#include <sys/socket.h>

#include <array>
#include <boost/system/system_error.hpp>
#include <cstring>

#include "outgoing.hpp"

namespace cookbook::large_arrays {
namespace {

using zero_copy_option = asio::detail::socket_option::boolean<SOL_SOCKET, SO_ZEROCOPY>;

/// What a message of the error queue says; of none if it has no report for sockets of IP.
sock_extended_err report_in(msghdr& message) {
    sock_extended_err report{};
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
         part = CMSG_NXTHDR(&message, part)) {
        const bool is_report = (part->cmsg_level == SOL_IP && part->cmsg_type == IP_RECVERR) ||
                               (part->cmsg_level == SOL_IPV6 && part->cmsg_type == IPV6_RECVERR);
        if (is_report) {
            std::memcpy(&report, CMSG_DATA(part), sizeof report);
        }
    }
    return report;
}

}  // namespace

void Completions::add(const sock_extended_err& report) {
    if (report.ee_errno != 0 || report.ee_origin != SO_EE_ORIGIN_ZEROCOPY) {
        return;
    }
    // [step 5] The report has the first and the last number of a range; numbers wrap at 2^32.
    const std::uint32_t count = report.ee_data - report.ee_info + 1;
    done_ += count;
    if ((report.ee_code & SO_EE_CODE_ZEROCOPY_COPIED) != 0) {
        copied_ += count;
    }
    // [end]
}

ZeroCopySender::ZeroCopySender(StreamSocket& socket, asio::steady_timer::duration limit)
    : socket_(socket), patience_(socket, limit) {
    socket_.set_option(zero_copy_option(true));
    socket_.non_blocking(true);
}

ZeroCopySender::~ZeroCopySender() {
    if (completions_.pending() > 0) {
        error_code ignored;  // it is given up
        socket_.set_option(asio::socket_base::linger(true, 0), ignored);
        socket_.close(ignored);
    }
}

asio::awaitable<void> ZeroCopySender::send(std::span<const std::byte> head,
                                           std::span<const std::byte> body) {
    Outgoing outgoing(head, body);
    while (!outgoing.empty()) {
        const std::size_t sent = co_await send_some(outgoing.next());
        outgoing.advance(sent);
        read_completions();
        if (!outgoing.empty()) {
            co_await patience_.wait(StreamSocket::wait_write);
        }
    }
}

asio::awaitable<std::size_t> ZeroCopySender::send_some(Pieces pieces) {
    error_code error;
    std::size_t sent = socket_.send(pieces, MSG_ZEROCOPY, error);
    // [step 5] Count a send that has taken something, and find room for the next report.
    // No room is ENOBUFS: wait for some that are pending; if none are, let the kernel copy.
    if (error == asio::error::no_buffer_space && completions_.pending() > 0) {
        co_await wait_for_completions();
        co_return 0;
    }
    if (error == asio::error::no_buffer_space) {
        sent = socket_.send(pieces, 0, error);
    } else if (sent > 0) {
        completions_.sent();
    }
    // [end]
    if (error && error != asio::error::would_block && error != asio::error::interrupted) {
        throw boost::system::system_error(error);
    }
    co_return sent;
}

asio::awaitable<void> ZeroCopySender::finish() {
    // [step 5] Wait until nothing is pending: before, the memory is not ours.
    while (completions_.pending() > 0) {
        co_await wait_for_completions();
    }
    // [end]
}

asio::awaitable<void> ZeroCopySender::wait_for_completions() {
    while (!read_completions()) {
        co_await patience_.wait(StreamSocket::wait_error);
    }
}

bool ZeroCopySender::read_completions() {
    const std::uint64_t before = completions_.pending();
    // [step 5] Read reports until there are none.
    for (;;) {
        alignas(cmsghdr) std::array<char, 256> control;
        msghdr message{};
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        if (::recvmsg(socket_.native_handle(), &message, MSG_ERRQUEUE) < 0) {
            break;
        }
        completions_.add(report_in(message));
    }
    // [end]
    return completions_.pending() < before;
}

}  // namespace cookbook::large_arrays
