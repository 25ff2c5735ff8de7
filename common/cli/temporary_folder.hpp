// A place for the files of a demo, a test or a benchmark that no other process has.
#pragma once

#include <filesystem>
#include <string>

namespace cookbook {

/// A folder of its own, for its owner only, which goes with all that is in it when the object goes.
class TemporaryFolder {
public:
    /// Throws std::system_error, "write PATH: reason".
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    [[nodiscard]] std::filesystem::path path() const { return path_; }
    /// The path of a file in it, which need not exist.
    [[nodiscard]] std::string file(const std::string& name) const { return path_ + '/' + name; }

private:
    std::string path_;
};

}  // namespace cookbook
