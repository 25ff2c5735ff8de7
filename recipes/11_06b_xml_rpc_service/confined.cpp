#include "confined.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

namespace cookbook::xml_rpc_service {
namespace {

struct CloseFolder {
    void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};
using Folder = std::unique_ptr<DIR, CloseFolder>;

[[noreturn]] void throw_error(int error) {
    throw std::system_error(error, std::generic_category());
}

/// openat2(2), for which the C library may have no function. Returns -1, and errno, if it fails.
int open_at(int folder, const char* path, ::open_how how) {
    return static_cast<int>(::syscall(SYS_openat2, folder, path, &how, sizeof how));
}

/// Opens a path for `flags`; it never leads out of `root`.
Descriptor open_beneath(int root, const std::string& path, unsigned flags) {
    // [step 1] Let the kernel open the path, and refuse what leads out while it does.
    if (path.find('\0') != path.npos) {
        throw LeadsOut(EINVAL);  // the kernel would see another path, which ends there
    }
    const ::open_how how = {
        .flags = flags | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    int descriptor = -1;
    constexpr int max_attempts = 10;
    for (int i = 0; i < max_attempts && descriptor < 0 && (i == 0 || errno == EAGAIN); ++i) {
        descriptor = open_at(root, path.c_str(), how);  // EAGAIN: something moved meanwhile
    }
    if (descriptor < 0 && (errno == EXDEV || errno == ELOOP)) {
        throw LeadsOut(errno);
    }
    return {descriptor, "open"};
    // [end]
}

/// The next entry of a folder; null at its end.
const dirent* read_entry(const Folder& folder) {
    errno = 0;                                      // only it tells the end from a failure
    const dirent* entry = ::readdir(folder.get());  // NOLINT(concurrency-mt-unsafe)
    if (entry == nullptr && errno != 0) {
        throw_error(errno);
    }
    return entry;
}

}  // namespace

ConfinedFolder::ConfinedFolder(const std::filesystem::path& path)
    : root_(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    if (root_.get() < 0) {
        throw std::system_error(errno, std::generic_category(), "open " + path.string());
    }
}

bool ConfinedFolder::works() const {
    const ::open_how how = {.flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_BENEATH};
    const Descriptor opened(open_at(root_.get(), ".", how));
    return opened.get() >= 0 || (errno != ENOSYS && errno != EPERM);
}

struct ::stat ConfinedFolder::status(const std::string& path) const {
    const Descriptor file = open_beneath(root_.get(), path, O_PATH);
    struct ::stat status{};
    if (::fstat(file.get(), &status) != 0) {
        throw_error(errno);
    }
    return status;
}

std::vector<std::string> ConfinedFolder::names(const std::string& path,
                                               std::size_t max_names) const {
    Descriptor opened = open_beneath(root_.get(), path, O_RDONLY | O_DIRECTORY);
    const Folder folder(::fdopendir(opened.get()));
    if (!folder) {
        throw_error(errno);
    }
    std::ignore = opened.release();
    std::vector<std::string> names;
    while (const dirent* entry = read_entry(folder)) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") {
            continue;
        }
        if (names.size() == max_names) {
            throw std::length_error("more than " + std::to_string(max_names) + " names");
        }
        names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace cookbook::xml_rpc_service
