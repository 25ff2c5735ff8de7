// The array that a server has to send.
#pragma once

#include <cstddef>
#include <span>

#include "buffer.hpp"
#include "npy.hpp"

namespace cookbook::large_arrays {

/// 0.0, 1.0, 2.0, …: one array in memory for all connections. The first one to need its elements
/// makes them, piece by piece, so that no event loop waits for all of them.
class Numbers {
public:
    /// Throws std::system_error if so much memory cannot be mapped. Takes none yet.
    explicit Numbers(std::size_t count);

    [[nodiscard]] Header header() const;
    [[nodiscard]] std::size_t size() const noexcept { return array_.bytes().size(); }

    /// The bytes from `offset` on that are made already; a piece more of them if none are. Empty
    /// only at the end. They stay where they are as long as the object lives.
    std::span<const std::byte> from(std::size_t offset);

private:
    Buffer array_;
    std::size_t made_ = 0;  // bytes
};

}  // namespace cookbook::large_arrays
