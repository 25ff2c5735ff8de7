// The few system calls that a journal makes, so that a test can fail each, and cut the power after
// any of them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cookbook::cidr_manager {

/// An open file. All functions throw std::system_error.
class File {
public:
    virtual ~File() = default;

    /// Appends all of `data`. After an exception a part of it may be there.
    virtual void append(std::string_view data) = 0;
    /// Returns when all that was written is on the disk: fdatasync(2).
    virtual void sync() = 0;
    /// Cuts off what is behind the first `size` bytes.
    virtual void truncate(std::size_t size) = 0;
};

/// The folder in which a file lies; the names of its files are paths. All functions throw
/// std::system_error.
class Folder {
public:
    virtual ~Folder() = default;

    /// All that the file has; empty if there is no such file.
    virtual std::string read(const std::string& name) = 0;
    /// Opens the file to append to it, and creates it if there is none.
    virtual std::unique_ptr<File> open(const std::string& name) = 0;
    /// Gives a file another name, in one step: who opens that name gets the old file or the new
    /// one.
    virtual void rename(const std::string& from, const std::string& to) = 0;
    virtual void remove(const std::string& name) = 0;
    /// Returns when the names are on the disk: a new file's, too, which its own sync() is not for.
    virtual void sync() = 0;
};

/// The folder of a path. From then on, a file that may grow no further is an error like a full
/// disk, not the end of the process (SIGXFSZ).
std::unique_ptr<Folder> open_folder_of(const std::string& file);

/// Keeps other servers away from a plan as long as it lives.
class Lock {
public:
    /// Locks FILE.lock, which is created if there is none: FILE itself may be replaced. `file` is
    /// no link. Throws std::runtime_error if another process has the lock, or if `file` is there
    /// and no regular file, and std::system_error.
    explicit Lock(const std::string& file);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    int descriptor_;
};

}  // namespace cookbook::cidr_manager
