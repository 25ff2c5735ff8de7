#include "common/cli/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

namespace cookbook {
namespace {

constexpr mode_t mode_before_umask = 0666;

constexpr mode_t all_permissions = 0777;

}  // namespace

std::filesystem::path without_links(std::filesystem::path path) {
    constexpr int max_links = 40;  // as Linux has it: links may go in a circle
    for (int links = 0; links < max_links; ++links) {
        std::error_code no_link;
        std::error_code ignored;
        const auto target = path.parent_path() / std::filesystem::read_symlink(path, no_link);
        const bool has_no_name =
            std::filesystem::exists(path, ignored) && !std::filesystem::exists(target, ignored);
        if (no_link || has_no_name) {
            break;
        }
        path = target;
    }
    return path;
}

NewFile::NewFile(const std::filesystem::path& path, std::optional<mode_t> permissions)
    : path_(without_links(path)) {
    struct stat old{};
    const bool exists = ::stat(path_.c_str(), &old) == 0;
    if (exists && !permissions) {
        permissions = old.st_mode & all_permissions;
    }
    if (exists && !S_ISREG(old.st_mode)) {
        descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        open_draft(permissions.value_or(mode_before_umask));
    }
    if (descriptor_ < 0) {
        fail();
    }
    if (permissions && !draft_.empty()) {
        // What the umask has taken away. Some file systems have no permissions.
        ::fchmod(descriptor_, *permissions);
    }
}

/// A file of our own: one that is there already may be another's, who would see what we write. From
/// the beginning it gives nobody more than `mode`.
void NewFile::open_draft(mode_t mode) {
    constexpr int max_attempts = 100;
    for (int attempt = 0; descriptor_ < 0 && attempt < max_attempts; ++attempt) {
        draft_ = fmt::format("{}.{}-{}.part", path_.string(), ::getpid(), attempt);
        descriptor_ = ::open(draft_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (descriptor_ < 0 && errno != EEXIST) {
            return;
        }
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

void NewFile::sync() {
    if (!draft_.empty() && ::fsync(descriptor_) != 0) {
        fail();
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

}  // namespace cookbook
