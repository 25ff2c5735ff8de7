#include "replace_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>

#include "common/cli/new_file.hpp"
#include "common/net/descriptor.hpp"

namespace cookbook::tls {
namespace {

/// A file beside its later place, gone with the object: a link to it is put there.
class Draft {
public:
    explicit Draft(const std::filesystem::path& path)
        : path_(path), name_(path.string() + ".XXXXXX"), descriptor_(::mkstemp(name_.data())) {
        check(descriptor_ >= 0);  // mode 0600
    }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft() {
        ::close(descriptor_);
        ::unlink(name_.c_str());
    }

    void write(std::string_view content, mode_t mode) const {
        while (!content.empty()) {
            const ssize_t n = ::write(descriptor_, content.data(), content.size());
            check(n >= 0);
            content.remove_prefix(static_cast<std::size_t>(n));
        }
        check(::fchmod(descriptor_, mode) == 0);
    }
    void add() const {
        check(::fsync(descriptor_) == 0);
        check(::link(name_.c_str(), path_.c_str()) == 0 || errno == EEXIST);
        const std::filesystem::path folder = path_.parent_path() / ".";
        const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        ::fsync(opened.get());  // the name, too; some file systems cannot
    }

private:
    void check(bool has_succeeded) const {
        if (!has_succeeded) {
            throw std::system_error(errno, std::generic_category(), "write " + path_.string());
        }
    }

    const std::filesystem::path& path_;
    std::string name_;
    int descriptor_;
};

}  // namespace

void replace_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
    NewFile file(path, mode);
    file.write(content);
    file.commit();
}

void add_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
    const Draft draft(path);
    draft.write(content, mode);
    draft.add();
}

}  // namespace cookbook::tls
