// Writing a file that somebody may be reading, or making at the same time.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string_view>

namespace cookbook::tls {

/// Puts a file with this content, and with this mode from its first byte on, in the place of
/// `path`, or of the file that `path` is a link to. Readers see the old file or the new one, never
/// a part. What is not a regular file, /dev/null say, is written to itself. Throws
/// std::system_error, "write PATH: reason".
void replace_file(const std::filesystem::path& path, std::string_view content, mode_t mode);

/// The same, unless there is something at `path`: then that stays as it is. Of several who make it
/// at once all find the file of one of them there. It is on the disk when this returns.
void add_file(const std::filesystem::path& path, std::string_view content, mode_t mode);

}  // namespace cookbook::tls
