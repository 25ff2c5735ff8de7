#include "fd_message.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

namespace cookbook::fd_passing {
namespace {

namespace sys = boost::system;

/// Room for control data with so many descriptors, aligned as the kernel wants it.
struct ControlBuffer {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * max_descriptors)> bytes;
};

sys::error_code last_error() {
    return {errno, sys::system_category()};
}

/// recvmsg() of one byte and its control data; returns as recvmsg() does.
ssize_t receive_byte(int socket, msghdr& message) {
    ssize_t size = 0;
    do {
        size = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    return size;
}

/// Makes us the owner of every descriptor in the control data. `descriptors` has room for them
/// already, so that nothing fails between two of them. False if there was other control data, too.
bool own_descriptors(msghdr& message, std::vector<Descriptor>& descriptors) {
    bool nothing_else = true;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            nothing_else = false;
            continue;
        }
        // Not as many as we asked for: CMSG_SPACE() rounds up, so there is room for one more.
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
            descriptors.emplace_back(descriptor);
        }
    }
    return nothing_else;
}

/// Closes the descriptors from `first` to `last`, all of them ours: by one call, since so many
/// close() cost four times as much.
void close_run(int first, int last) {
    if (::close_range(static_cast<unsigned>(first), static_cast<unsigned>(last), 0) == 0) {
        return;
    }
    for (int descriptor = first; descriptor <= last; ++descriptor) {  // Linux before 5.9
        ::close(descriptor);
    }
}

class ErrorCategory final : public sys::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "fd_passing"; }
    [[nodiscard]] std::string message(int error) const override {
        switch (static_cast<Error>(error)) {
            case Error::no_descriptors:
                return "the peer sent a byte without descriptors";
            case Error::wrong_count:
                return "the peer sent another number of descriptors than it said";
            case Error::other_control_data:
                return "the peer sent control data other than descriptors";
        }
        return "unknown error";
    }
};

}  // namespace

const sys::error_category& error_category() {
    static const ErrorCategory category;
    return category;
}

sys::error_code make_error_code(Error error) {
    return {static_cast<int>(error), error_category()};
}

/// Those that arrive together mostly have numbers in a row: the lowest ones that were free.
FdMessage::~FdMessage() {
    for (auto next = descriptors.begin(); next != descriptors.end();) {
        const int first = (next++)->release();
        int last = first;
        while (first >= 0 && next != descriptors.end() && next->get() == last + 1) {
            last = (next++)->release();
        }
        if (first >= 0) {
            close_run(first, last);
        }
    }
}

sys::error_code send_fds(int socket, std::span<const int> descriptors) {
    // [step 1] Send one byte, the count, with one control message that holds the descriptors.
    if (descriptors.empty() || descriptors.size() > max_descriptors) {
        return boost::asio::error::invalid_argument;
    }
    auto count = static_cast<unsigned char>(descriptors.size());
    iovec data = {&count, sizeof(count)};  // control data travels with data, never alone
    ControlBuffer control;
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    return ::sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? last_error() : sys::error_code();
    // [end]
}

sys::result<FdMessage> recv_fds(int socket, std::size_t max) {
    // [step 2] Own every descriptor that has arrived; only then check whether it should have.
    FdMessage received;
    std::vector<Descriptor>& descriptors = received.descriptors;
    max = std::min(max, max_descriptors);
    descriptors.reserve(max + 1);
    unsigned char count = 0;
    iovec data = {&count, sizeof(count)};
    ControlBuffer control;
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = CMSG_SPACE(sizeof(int) * max);
    const ssize_t size = receive_byte(socket, message);
    if (size <= 0) {
        return size < 0 ? last_error() : sys::error_code(boost::asio::error::eof);
    }
    const bool nothing_else = own_descriptors(message, descriptors);
    const std::size_t arrived = descriptors.size();
    const bool truncated = (message.msg_flags & MSG_CTRUNC) != 0;
    if (!nothing_else) {
        return Error::other_control_data;
    }
    if (arrived == 0 && !truncated) {
        return Error::no_descriptors;
    }
    if (truncated ? count <= arrived : count != arrived) {
        return Error::wrong_count;
    }
    descriptors.erase(descriptors.begin() + static_cast<std::ptrdiff_t>(std::min(arrived, max)),
                      descriptors.end());
    received.lost = count - descriptors.size();
    return received;
    // [end]
}

}  // namespace cookbook::fd_passing
