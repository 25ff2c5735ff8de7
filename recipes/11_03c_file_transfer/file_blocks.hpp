// Files as blocks: read and sent, received and written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "channel.hpp"
#include "common/async/asio.hpp"
#include "root_folder.hpp"
#include "window.hpp"

namespace cookbook::file_transfer {

/// Sends blocks of the file as DATA. They are read again for each time that they are sent, so a
/// transfer costs no memory while it waits. Throws Failure and std::system_error.
void send_blocks(Channel& channel, const SourceFile& file, std::size_t block_size, Blocks blocks);

/// Where a received file goes.
class Sink {
public:
    virtual ~Sink() = default;

    /// Throws std::system_error.
    virtual void write(std::string_view data) = 0;
    /// The file is whole: gives it its name. Throws Failure and std::system_error.
    virtual asio::awaitable<void> finish() = 0;
};

/// What has been received and not yet written: a few large writes for many small blocks.
class PendingData {
public:
    PendingData(Sink& sink, std::uint64_t max_size) : sink_(sink), max_size_(max_size) {}

    /// Throws Failure if the file is larger than it may be, and what Sink::write() throws.
    void append(std::string_view bytes);
    void flush();

private:
    Sink& sink_;
    std::uint64_t max_size_;
    std::uint64_t size_ = 0;
    std::string bytes_;
};

}  // namespace cookbook::file_transfer
