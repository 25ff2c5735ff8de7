#include "buffer.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace cookbook::large_arrays {
namespace {

std::span<std::byte> map_untouched(std::size_t size) {
    if (size == 0) {
        return {};
    }
    void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(),
                                fmt::format("{} bytes of memory", size));
    }
    // Each page is a fault when it is first written to: with pages of 2 MiB there are 512 times
    // fewer. A kernel without them says no, and that is all right.
    ::madvise(memory, size, MADV_HUGEPAGE);
    return {static_cast<std::byte*>(memory), size};
}

}  // namespace

Buffer::Buffer(std::size_t size) : bytes_(map_untouched(size)) {}

Buffer::Buffer(Buffer&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
}

Buffer::~Buffer() {
    if (!bytes_.empty()) {
        ::munmap(bytes_.data(), bytes_.size());
    }
}

}  // namespace cookbook::large_arrays
