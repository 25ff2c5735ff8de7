// A folder that nothing asked of it leads out of.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "common/net/descriptor.hpp"

namespace cookbook::xml_rpc_service {

/// A path that leads out of the folder, or might.
class LeadsOut : public std::system_error {
public:
    explicit LeadsOut(int error)
        : system_error(error, std::generic_category(), "the path leads out of the root") {}
};

/// Opens what is beneath a folder, and nothing else: no "..", no absolute path, no link leads out,
/// whatever somebody makes of the folders meanwhile. The kernel sees to it, in the one call that
/// opens (openat2(2), RESOLVE_BENEATH). Links that stay beneath are followed.
class ConfinedFolder {
public:
    /// Throws std::system_error, "open PATH: reason".
    explicit ConfinedFolder(const std::filesystem::path& path);

    /// Whether the kernel can confine: Linux 5.6 or later, and nobody has forbidden the call.
    [[nodiscard]] bool works() const;

    /// What stat(2) says of a file, which is not opened for reading: a FIFO or a device does not
    /// block. Throws LeadsOut, and std::system_error for all else.
    [[nodiscard]] struct ::stat status(const std::string& path) const;

    /// The names in a folder, without . and .., sorted by their bytes. Throws as status() does, and
    /// std::length_error if there are more than `max_names`.
    [[nodiscard]] std::vector<std::string> names(const std::string& path,
                                                 std::size_t max_names) const;

private:
    Descriptor root_;
};

}  // namespace cookbook::xml_rpc_service
