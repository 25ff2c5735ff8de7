#include "common/cli/input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <system_error>

namespace cookbook {
namespace {

/// Asio makes a descriptor non-blocking, and so every other descriptor of the same open file: on a
/// terminal our own stdout, and the shell's stdin. So open the file once more (proc(5), fd).
int reopen(int descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) == 0 &&
        (S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode))) {
        const std::string path = fmt::format("/proc/self/fd/{}", descriptor);
        const int own = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (own >= 0) {
            return own;
        }
    }
    // A regular file keeps its position this way; a socket cannot be opened.
    const int own = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (own < 0) {
        throw std::system_error(errno, std::generic_category(), "open input");
    }
    return own;
}

}  // namespace

asio::posix::stream_descriptor open_input(const asio::any_io_executor& executor, int descriptor) {
    return {executor, reopen(descriptor)};
}

}  // namespace cookbook
