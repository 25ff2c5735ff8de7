// A file that is there once it is whole.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace cookbook {

/// The file itself, there or not, if `path` is a link to it, or to a link and so on. What has no
/// name of its own, such as the pipe behind /dev/stdout, is left under that of its link.
std::filesystem::path without_links(std::filesystem::path path);

/// Writes a file beside `path`, and puts it into its place in the end, with the permissions of what
/// was there, or with those that are given: until then, and for ever if something fails, that stays
/// as it was. What is not a regular file, /dev/null or a pipe say, is written to itself.
class NewFile {
public:
    /// All of these throw std::system_error, "write PATH: reason".
    explicit NewFile(const std::filesystem::path& path, std::optional<mode_t> permissions = {});
    void write(std::string_view data);
    /// Waits until all that was written is on the disk: for those who promise that it is.
    void sync();
    void commit();

    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;
    ~NewFile();

private:
    void open_draft(mode_t mode);
    [[noreturn]] void fail() const;

    std::filesystem::path path_;
    std::string draft_;  // empty if it is written to itself
    int descriptor_ = -1;
};

}  // namespace cookbook
