#include "send_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "outgoing.hpp"
#include "patience.hpp"

namespace cookbook::large_arrays {
namespace {

/// At most so much of the file's beginning is a header.
constexpr std::size_t max_beginning = preamble_size + sizeof(std::uint32_t) + max_header;

}  // namespace

NpyFile::NpyFile(std::string path)
    : path_(std::move(path)),
      // A FIFO would keep us waiting for its writer.
      descriptor_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    struct stat status{};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) {
        const int reason = errno;
        ::close(descriptor_);
        throw std::system_error(reason, std::generic_category(), "open " + path_);
    }
    size_ = static_cast<std::size_t>(status.st_size);
    try {
        if (!S_ISREG(status.st_mode)) {
            throw NpyError("this is no file");
        }
        read_header();
    } catch (const NpyError& failure) {
        ::close(descriptor_);
        throw std::runtime_error(fmt::format("{}: {}", path_, failure.what()));
    }
}

void NpyFile::read_header() {
    std::array<std::byte, max_beginning> beginning;
    const ssize_t n = ::pread(descriptor_, beginning.data(), beginning.size(), 0);
    header_ = parse_file_header(std::span(beginning).first(n > 0 ? static_cast<std::size_t>(n) : 0),
                                elements_);
    const std::size_t announced =
        size_in_bytes(header_, std::numeric_limits<std::ptrdiff_t>::max());
    if (size_ - elements_ != announced) {
        throw NpyError(fmt::format("the header announces {} bytes, and {} follow", announced,
                                   size_ - elements_));
    }
}

NpyFile::NpyFile(NpyFile&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      header_(std::move(other.header_)),
      elements_(other.elements_),
      size_(other.size_) {}

NpyFile::~NpyFile() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
}

asio::awaitable<void> send_file(StreamSocket& socket, const NpyFile& file, std::size_t offset,
                                asio::steady_timer::duration limit) {
    socket.native_non_blocking(true);
    Patience patience(socket, limit);
    while (offset < file.size()) {
        auto position = static_cast<off_t>(offset);  // our own: others send the same file
        const ssize_t sent = ::sendfile(socket.native_handle(), file.descriptor(), &position,
                                        std::min(file.size() - offset, max_send));
        if (sent == 0) {
            throw std::runtime_error(
                fmt::format("{} has become shorter while it was sent: {} of {} bytes", file.path(),
                            offset, file.size()));
        }
        if (sent < 0 && errno != EAGAIN && errno != EINTR) {
            throw boost::system::system_error(errno, boost::system::system_category());
        }
        offset += sent > 0 ? static_cast<std::size_t>(sent) : 0;
        co_await patience.wait(StreamSocket::wait_write);
    }
}

}  // namespace cookbook::large_arrays
