// Descriptors to pass, and UNIX sockets to pass them over.
#pragma once

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "common/net/descriptor.hpp"

namespace cookbook::testing {

/// Two connected UNIX sockets, non-blocking.
class UnixPair {
public:
    UnixPair() {
        std::array<int, 2> ends{};
        const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
        near_ = Descriptor(::socketpair(AF_UNIX, type, 0, ends.data()) < 0 ? -1 : ends[0],
                           "socketpair");
        far_ = Descriptor(ends[1]);
    }

    [[nodiscard]] int near() const { return near_.get(); }
    [[nodiscard]] int far() const { return far_.get(); }
    void close_near() { near_ = Descriptor(); }
    void close_far() { far_ = Descriptor(); }
    [[nodiscard]] int release_near() { return near_.release(); }
    [[nodiscard]] int release_far() { return far_.release(); }

private:
    Descriptor near_;
    Descriptor far_;
};

/// So many open files, each another one.
class OpenFiles {
public:
    explicit OpenFiles(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            owned_.emplace_back(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), "open");
            descriptors_.push_back(owned_.back().get());
        }
    }
    [[nodiscard]] std::span<const int> descriptors() const { return descriptors_; }

private:
    std::vector<Descriptor> owned_;
    std::vector<int> descriptors_;
};

/// Whether both are the same file.
inline bool same_file(int a, int b) {
    struct stat one{};
    struct stat other{};
    return ::fstat(a, &one) == 0 && ::fstat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/// Sends bytes with descriptors, as no sender of the recipe would. Returns as sendmsg() does.
inline ssize_t send_with(int socket, std::string bytes, std::span<const int> descriptors) {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 254)> control{};
    iovec data = {bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &data;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* const header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(header), descriptors.data(), descriptors.size_bytes());
    }
    return ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

/// As long as it lives, this process may open so many more descriptors.
class FewDescriptors {
public:
    explicit FewDescriptors(std::size_t spare) {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit few = before_;
        few.rlim_cur = static_cast<rlim_t>(OpenFiles(spare + 1).descriptors().back());
        ::setrlimit(RLIMIT_NOFILE, &few);
    }
    ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    FewDescriptors(const FewDescriptors&) = delete;
    FewDescriptors& operator=(const FewDescriptors&) = delete;

private:
    rlimit before_{};
};

}  // namespace cookbook::testing
