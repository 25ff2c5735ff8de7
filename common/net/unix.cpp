#include "common/net/unix.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>
#include <system_error>
#include <utility>

namespace cookbook {
namespace {

using local = asio::local::stream_protocol;

bool is_abstract(const UnixAddress& address) {
    return address.path.starts_with('@');
}

local::endpoint endpoint_of(const UnixAddress& address) {
    return is_abstract(address) ? local::endpoint('\0' + address.path.substr(1))
                                : local::endpoint(address.path);
}

std::optional<struct stat> socket_file(const std::string& path) {
    struct stat status{};
    const bool found = lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
    return found ? std::optional(status) : std::nullopt;
}

/// Whether the file is a socket on which nobody listens any more. Only connecting shows that.
bool is_stale(const asio::any_io_executor& executor, const UnixAddress& address) {
    if (is_abstract(address) || !socket_file(address.path)) {
        return false;
    }
    local::socket probe(executor);
    error_code error;
    probe.connect(endpoint_of(address), error);
    return error == asio::error::connection_refused;
}

}  // namespace

local::acceptor listen(const asio::any_io_executor& executor, const UnixAddress& address) try {
    const local::endpoint endpoint = endpoint_of(address);
    if (is_stale(executor, address)) {
        unlink(address.path.c_str());
    }
    local::acceptor acceptor(executor, endpoint.protocol());
    // Only we may connect. The mode of the socket itself is that of the file that bind() makes.
    fchmod(acceptor.native_handle(), S_IRUSR | S_IWUSR);
    acceptor.bind(endpoint);
    acceptor.listen();
    return acceptor;
} catch (const boost::system::system_error& failure) {
    throw std::system_error(failure.code(), "listen on " + to_string(address));
}

SocketFile::SocketFile(const Address& address) {
    const auto* local_address = std::get_if<UnixAddress>(&address);
    if (local_address && !is_abstract(*local_address)) {
        path_ = local_address->path;
        file_ = open(path_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC);
    }
}

SocketFile::SocketFile(SocketFile&& other) noexcept
    : path_(std::move(other.path_)), file_(std::exchange(other.file_, -1)) {}

SocketFile::~SocketFile() {
    struct stat ours{};
    const auto there = socket_file(path_);
    if (there && fstat(file_, &ours) == 0 && there->st_dev == ours.st_dev &&
        there->st_ino == ours.st_ino) {
        unlink(path_.c_str());
    }
    release();
}

void SocketFile::release() noexcept {
    if (file_ >= 0) {
        close(std::exchange(file_, -1));
    }
}

asio::awaitable<local::socket> connect(UnixAddress address) {
    try {
        local::socket socket(co_await this_coro::executor);
        co_await socket.async_connect(endpoint_of(address), use_awaitable);
        co_return socket;
    } catch (const boost::system::system_error& failure) {
        throw std::system_error(failure.code(), "connect " + to_string(address));
    }
}

}  // namespace cookbook
