#include "common/cli/input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/asio/read_until.hpp>
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

asio::awaitable<std::optional<std::string>> InputLines::next() {
    while (!at_end_) {
        const auto [read_error, size] = co_await asio::async_read_until(
            input_, asio::dynamic_buffer(received_, max_line), '\n', use_nothrow);
        if (read_error && read_error != asio::error::eof) {
            throw boost::system::system_error(read_error, "read stdin");
        }
        at_end_ = read_error == asio::error::eof;
        std::string line = received_.substr(0, at_end_ ? received_.size() : size - 1);
        received_.erase(0, at_end_ ? received_.size() : size);
        if (counts(line)) {
            co_return line;
        }
    }
    co_return std::nullopt;
}

/// An empty line behind the last line feed is none.
bool InputLines::counts(const std::string& line) const {
    return blank_ == Blank::keep ? !at_end_ || !line.empty()
                                 : line.find_first_not_of(" \t\r") != std::string::npos;
}

}  // namespace cookbook
