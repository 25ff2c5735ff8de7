#include "root_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "failure.hpp"

namespace cookbook::file_transfer {
namespace {

constexpr mode_t mode_before_umask_of_drafts = 0666;

/// What a peer is told if a name cannot be opened.
[[noreturn]] void refuse_name(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
        case ENAMETOOLONG:
            throw Failure(ErrorCode::not_found, "file not found");
        case EXDEV:  // it leads out of the folder
        case ELOOP:
        case EACCES:
        case EPERM:
        case EROFS:
        case EISDIR:
        case ENXIO:
            throw Failure(ErrorCode::access_violation, "access violation");
        case EEXIST:
            throw Failure(ErrorCode::exists, "file already exists");
        case ENOSPC:
        case EDQUOT:
            throw Failure(ErrorCode::too_large, "the disk is full");
        default:
            throw Failure(ErrorCode::undefined, std::generic_category().message(error));
    }
}

/// "/a/b" and "a/b" are the same here, "" is the folder itself.
std::string path_within(std::string_view name) {
    name.remove_prefix(std::min(name.find_first_not_of('/'), name.size()));
    return name.empty() ? "." : std::string(name);
}

std::string next_draft_name() {
    static std::atomic<unsigned> count = 0;
    return fmt::format(".{}-{}.part", ::getpid(), count++);
}

Descriptor create_draft(int folder, std::string& name) {
    constexpr int max_attempts = 100;  // others may have left theirs, under our process's number
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        name = next_draft_name();
        Descriptor file(::openat(folder, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                                 mode_before_umask_of_drafts));
        if (file.get() >= 0) {
            return file;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    const int error = errno;
    name.clear();
    refuse_name(error);
}

[[noreturn]] void fail_to_write(const char* call) {
    throw std::system_error(errno, std::generic_category(), call);
}

}  // namespace

Draft::Draft(Descriptor folder, std::string name)
    : folder_(std::move(folder)),
      name_(std::move(name)),
      file_(create_draft(folder_.get(), draft_name_)) {}

Draft::~Draft() {
    if (!draft_name_.empty()) {
        ::unlinkat(folder_.get(), draft_name_.c_str(), 0);
    }
}

void Draft::write(std::string_view data) {
    while (!data.empty()) {
        const ssize_t size = ::write(file_.get(), data.data(), data.size());
        if (size < 0 && errno != EINTR) {
            fail_to_write("write");
        }
        data.remove_prefix(size > 0 ? static_cast<std::size_t>(size) : 0);
    }
}

void Draft::commit() {
    if (::fsync(file_.get()) != 0) {
        fail_to_write("fsync");
    }
    // Without RENAME_NOREPLACE, whoever has got the name since create() would lose their file.
    if (::renameat2(folder_.get(), draft_name_.c_str(), folder_.get(), name_.c_str(),
                    RENAME_NOREPLACE) != 0) {
        refuse_name(errno);
    }
    draft_name_.clear();
    ::fsync(folder_.get());  // the name, too; some file systems cannot
}

RootFolder::RootFolder(const std::filesystem::path& path)
    : folder_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (folder_.get() < 0) {
        throw std::system_error(errno, std::generic_category(), "open " + path.string());
    }
}

Descriptor RootFolder::open_beneath(const std::string& path, int flags) const {
    open_how how{};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
    constexpr int max_attempts = 10;
    for (int attempt = 0; attempt < max_attempts; ++attempt) {
        const long file = ::syscall(SYS_openat2, folder_.get(), path.c_str(), &how, sizeof how);
        if (file >= 0) {
            return Descriptor(static_cast<int>(file));
        }
        if (errno != EAGAIN && errno != EINTR) {  // EAGAIN: a folder was moved meanwhile
            break;
        }
    }
    refuse_name(errno);
}

SourceFile RootFolder::open(std::string_view name) const {
    // O_NONBLOCK: the open of a FIFO would wait for somebody who writes to it.
    Descriptor file = open_beneath(path_within(name), O_RDONLY | O_NONBLOCK | O_NOCTTY);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
        throw Failure(ErrorCode::access_violation, "not a regular file");
    }
    return {std::move(file), static_cast<std::uint64_t>(status.st_size)};
}

Draft RootFolder::create(std::string_view name) const {
    const std::string path = path_within(name);
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
    const std::string last = slash == std::string::npos ? path : path.substr(slash + 1);
    if (last.empty() || last == "." || last == "..") {
        throw Failure(ErrorCode::access_violation, "not the name of a file");
    }
    Descriptor parent = open_beneath(folder, O_RDONLY | O_DIRECTORY);
    struct stat status{};
    if (::fstatat(parent.get(), last.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
        throw Failure(ErrorCode::exists, "file already exists");
    }
    if (errno != ENOENT) {
        refuse_name(errno);
    }
    return {std::move(parent), last};
}

}  // namespace cookbook::file_transfer
