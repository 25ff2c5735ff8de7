#include "new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace cookbook::http_client {
namespace {

constexpr mode_t mode_before_umask = 0666;

/// Whether there is something that must not be replaced by a file.
bool is_special(const std::filesystem::path& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

/// The file itself, if `path` is a link to it.
std::filesystem::path without_links(const std::filesystem::path& path) {
    std::error_code none_there;
    const std::filesystem::path target = std::filesystem::canonical(path, none_there);
    return none_there ? path : target;
}

}  // namespace

NewFile::NewFile(const std::filesystem::path& path) : path_(without_links(path)) {
    if (is_special(path_)) {
        descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        draft_ = fmt::format("{}.{}.part", path_.string(), ::getpid());
        descriptor_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                             mode_before_umask);
    }
    if (descriptor_ < 0) {
        fail();
    }
}

void NewFile::write(std::string_view data) {
    while (!data.empty()) {
        const ssize_t size = ::write(descriptor_, data.data(), data.size());
        if (size < 0 && errno != EINTR) {
            fail();
        }
        data.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
}

void NewFile::commit() {
    const int descriptor = std::exchange(descriptor_, -1);
    if (::close(descriptor) != 0) {
        fail();
    }
    if (!draft_.empty() && std::rename(draft_.c_str(), path_.c_str()) != 0) {
        fail();
    }
    draft_.clear();
}

NewFile::~NewFile() {
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
    if (!draft_.empty()) {
        ::unlink(draft_.c_str());
    }
}

void NewFile::fail() const {
    throw std::system_error(errno, std::generic_category(), "write " + path_.string());
}

}  // namespace cookbook::http_client
