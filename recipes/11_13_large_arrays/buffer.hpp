// Memory for an array that is still to come.
#pragma once

#include <cstddef>
#include <span>

namespace cookbook::large_arrays {

/// Zeros that take address space at first, and memory as they are written to: it is mapped
/// (mmap(2)), where a std::vector would write to all of it before the first byte arrives.
class Buffer {
public:
    Buffer() = default;
    /// Throws std::system_error, "N bytes of memory: reason".
    explicit Buffer(std::size_t size);
    Buffer(Buffer&& other) noexcept;
    Buffer& operator=(Buffer&& other) noexcept;
    ~Buffer();

    [[nodiscard]] std::span<std::byte> bytes() noexcept { return bytes_; }
    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

private:
    std::span<std::byte> bytes_;
};

}  // namespace cookbook::large_arrays
