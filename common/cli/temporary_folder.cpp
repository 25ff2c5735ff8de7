#include "common/cli/temporary_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace cookbook {

TemporaryFolder::TemporaryFolder()
    : path_(std::filesystem::temp_directory_path() / "cookbook_XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "write " + path_);
    }
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace cookbook
