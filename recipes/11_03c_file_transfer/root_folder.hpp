// The folder that a server gives away: no name leads out of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "common/net/descriptor.hpp"

namespace cookbook::file_transfer {

/// A regular file, open for reading, and its size when it was opened.
struct SourceFile {
    Descriptor descriptor;
    std::uint64_t size = 0;
};

/// A file that comes to be: until commit() gives it its name, it is beside its place under another
/// one, and gone with this object.
class Draft {
public:
    Draft(Descriptor folder, std::string name);
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft();

    /// Throws std::system_error.
    void write(std::string_view data);

    /// Waits until all of it is on the disk, and gives it its name. Throws Failure, `exists`, if
    /// something else has got it meanwhile, and std::system_error. May take long, on any thread.
    void commit();

private:
    Descriptor folder_;
    std::string name_;
    std::string draft_name_;  // empty if there is nothing to remove
    Descriptor file_;
};

/// Names are paths within the folder, with or without a / at the beginning. Links and ".." may lead
/// about in it; what leads out of it is refused by the kernel (openat2(2), RESOLVE_BENEATH), which
/// nobody can outrun by moving folders meanwhile.
class RootFolder {
public:
    /// Throws std::system_error, "open PATH: reason".
    explicit RootFolder(const std::filesystem::path& path);

    /// Opens a regular file. Throws Failure.
    [[nodiscard]] SourceFile open(std::string_view name) const;

    /// Begins a file that does not exist yet. Throws Failure, `exists` if it does.
    [[nodiscard]] Draft create(std::string_view name) const;

private:
    [[nodiscard]] Descriptor open_beneath(const std::string& path, int flags) const;

    Descriptor folder_;
};

}  // namespace cookbook::file_transfer
