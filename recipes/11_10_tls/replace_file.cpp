#include "replace_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <system_error>

namespace cookbook::tls {
namespace {

[[nodiscard]] bool write_all(int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ssize_t n = ::write(descriptor, content.data(), content.size());
        if (n < 0) {
            return false;
        }
        content.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace

void replace_file(const std::filesystem::path& path, std::string_view content, mode_t mode) {
    std::string draft = path.string() + ".XXXXXX";
    const int descriptor = ::mkstemp(draft.data());  // mode 0600
    const bool replaced = descriptor >= 0 && write_all(descriptor, content) &&
                          ::fchmod(descriptor, mode) == 0 &&
                          std::rename(draft.c_str(), path.c_str()) == 0;
    const int reason = errno;
    if (descriptor >= 0) {
        ::close(descriptor);
    }
    if (!replaced) {
        ::unlink(draft.c_str());
        throw std::system_error(reason, std::generic_category(), "write " + path.string());
    }
}

}  // namespace cookbook::tls
