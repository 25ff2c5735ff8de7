#include "file_blocks.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <system_error>
#include <vector>

#include "failure.hpp"

namespace cookbook::file_transfer {
namespace {

constexpr std::size_t write_size = std::size_t{256} << 10U;

/// Reads the bytes of blocks to where their packets will be: behind a header each.
void read_blocks(const SourceFile& file, std::size_t block_size, Blocks blocks, char* packets) {
    const std::uint64_t offset = (blocks.first - 1) * block_size;
    const std::uint64_t missing = std::min(file.size - offset, blocks.count * block_size);
    std::array<iovec, max_window> parts{};
    std::size_t used = 0;
    for (std::uint64_t size = missing; size > 0; ++used) {
        const std::size_t length = std::min<std::uint64_t>(size, block_size);
        parts.at(used) = {packets + used * (header_size + block_size) + header_size, length};
        size -= length;
    }
    const ssize_t read = used == 0 ? 0
                                   : ::preadv(file.descriptor.get(), parts.data(),
                                              static_cast<int>(used), static_cast<off_t>(offset));
    if (read < 0) {
        throw std::system_error(errno, std::generic_category(), "read");
    }
    if (static_cast<std::uint64_t>(read) != missing) {
        throw Failure(ErrorCode::undefined, "the file has become shorter");
    }
}

}  // namespace

void send_blocks(Channel& channel, const SourceFile& file, std::size_t block_size, Blocks blocks) {
    const std::size_t packet_size = header_size + block_size;
    std::vector<char>& memory = channel.buffers().blocks;
    memory.resize(std::max(memory.size(), blocks.count * packet_size));
    read_blocks(file, block_size, blocks, memory.data());

    std::array<std::string_view, max_window> packets;
    for (std::uint64_t i = 0; i < blocks.count; ++i) {
        const std::uint64_t block = blocks.first + i;
        const std::uint64_t rest = file.size - (block - 1) * block_size;
        char* const packet = memory.data() + i * packet_size;
        write_data_header(packet, wire_number(block));
        packets.at(i) = {packet, header_size + std::min<std::uint64_t>(rest, block_size)};
    }
    channel.send_all(std::span(packets).first(blocks.count));
}

void PendingData::append(std::string_view bytes) {
    size_ += bytes.size();
    if (size_ > max_size_) {
        throw Failure(ErrorCode::too_large, "the file is too large");
    }
    bytes_.append(bytes);
    if (bytes_.size() >= write_size) {
        flush();
    }
}

void PendingData::flush() {
    sink_.write(bytes_);
    bytes_.clear();
}

}  // namespace cookbook::file_transfer
