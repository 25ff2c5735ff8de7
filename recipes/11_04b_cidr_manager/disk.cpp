#include "disk.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace cookbook::cidr_manager {
namespace {

/// What the system call returned; throws std::system_error if it has failed.
template <typename Result>
Result expect_success(Result result, const std::string& path) {
    if (result < 0) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    return result;
}

/// Owns a descriptor.
class OpenFile {
public:
    OpenFile(std::string path, int flags)
        : path_(std::move(path)),
          descriptor_(expect_success(::open(path_.c_str(), flags | O_CLOEXEC, 0666), path_)) {}
    ~OpenFile() { ::close(descriptor_); }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    [[nodiscard]] int descriptor() const { return descriptor_; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
    int descriptor_;
};

class SystemFile final : public File {
public:
    explicit SystemFile(const std::string& path) : file_(path, O_WRONLY | O_APPEND | O_CREAT) {}

    void append(std::string_view data) override {
        while (!data.empty()) {
            const ssize_t n = ::write(file_.descriptor(), data.data(), data.size());
            if (n >= 0 || errno != EINTR) {
                data.remove_prefix(static_cast<std::size_t>(expect_success(n, file_.path())));
            }
        }
    }
    void sync() override { expect_success(::fdatasync(file_.descriptor()), file_.path()); }
    void truncate(std::size_t size) override {
        expect_success(::ftruncate(file_.descriptor(), static_cast<off_t>(size)), file_.path());
    }

private:
    OpenFile file_;
};

class SystemFolder final : public Folder {
public:
    explicit SystemFolder(const std::string& path) : folder_(path, O_RDONLY | O_DIRECTORY) {
        std::signal(SIGXFSZ, SIG_IGN);
    }

    std::string read(const std::string& name) override {
        if (::access(name.c_str(), F_OK) != 0 && errno == ENOENT) {
            return {};
        }
        const OpenFile file(name, O_RDONLY);
        std::string contents;
        std::array<char, std::size_t{64} * 1024> piece;
        for (ssize_t n = 1; n > 0;) {
            n = expect_success(::read(file.descriptor(), piece.data(), piece.size()), file.path());
            contents.append(piece.data(), static_cast<std::size_t>(n));
        }
        return contents;
    }
    std::unique_ptr<File> open(const std::string& name) override {
        return std::make_unique<SystemFile>(name);
    }
    void rename(const std::string& from, const std::string& to) override {
        expect_success(std::rename(from.c_str(), to.c_str()), from);
    }
    void remove(const std::string& name) override {
        if (::unlink(name.c_str()) != 0 && errno != ENOENT) {
            expect_success(-1, name);
        }
    }
    void sync() override { expect_success(::fsync(folder_.descriptor()), folder_.path()); }

private:
    OpenFile folder_;
};

}  // namespace

std::unique_ptr<Folder> open_folder_of(const std::string& file) {
    const std::string folder = std::filesystem::path(file).parent_path();
    return std::make_unique<SystemFolder>(folder.empty() ? "." : folder);
}

Lock::Lock(const std::string& file) : descriptor_(-1) {
    struct stat status{};
    if (::stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode)) {
        throw std::runtime_error(file + ": not a regular file");
    }
    const std::string name = file + ".lock";
    descriptor_ = expect_success(::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666), name);
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        ::close(descriptor_);
        if (error == EWOULDBLOCK) {
            throw std::runtime_error(name + ": another server has this plan");
        }
        throw std::system_error(error, std::generic_category(), name);
    }
}

Lock::~Lock() {
    ::close(descriptor_);
}

}  // namespace cookbook::cidr_manager
