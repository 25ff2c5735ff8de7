// Sending a file that is an array already, without reading it.
#pragma once

#include <cstddef>
#include <string>

#include "common/async/asio.hpp"
#include "common/net/endpoint.hpp"
#include "npy.hpp"

namespace cookbook::large_arrays {

/// An open .npy file.
class NpyFile {
public:
    /// Opens it and reads its header, and nothing else. Throws std::system_error, "open PATH:
    /// reason", and std::runtime_error, "PATH: reason", if it is no .npy file, or has fewer or more
    /// bytes than its header says.
    explicit NpyFile(std::string path);
    NpyFile(NpyFile&& other) noexcept;
    NpyFile& operator=(NpyFile&&) = delete;
    ~NpyFile();

    [[nodiscard]] const std::string& path() const noexcept { return path_; }
    [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
    [[nodiscard]] const Header& header() const noexcept { return header_; }
    /// Where the elements begin, and how large the file was when it was opened.
    [[nodiscard]] std::size_t elements() const noexcept { return elements_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    void read_header();

    std::string path_;
    int descriptor_ = -1;
    Header header_;
    std::size_t elements_ = 0;
    std::size_t size_ = 0;
};

/// Sends the file from `offset` on: the kernel takes it from its page cache, and nothing of it
/// passes through this process (sendfile(2)). Throws as send_bytes() does, and std::runtime_error
/// if the file has become shorter meanwhile.
///
/// sendfile() knows no MSG_NOSIGNAL: the process must ignore SIGPIPE.
asio::awaitable<void> send_file(StreamSocket& socket, const NpyFile& file, std::size_t offset,
                                asio::steady_timer::duration limit);

}  // namespace cookbook::large_arrays
