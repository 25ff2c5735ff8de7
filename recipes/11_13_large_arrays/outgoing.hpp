// What is still to be sent of a header and an array.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "common/async/asio.hpp"

namespace cookbook::large_arrays {

/// The most that one call sends: docs/11_13_large_arrays.md shows why.
inline constexpr std::size_t max_send = std::size_t{1} << 20U;

/// Refers to both, and copies neither.
class Outgoing {
public:
    Outgoing(std::span<const std::byte> head, std::span<const std::byte> body)
        : head_(head), body_(body) {}

    [[nodiscard]] bool empty() const noexcept { return head_.empty() && body_.empty(); }
    /// What the next call sends: the rest of the header and the beginning of the array, at most
    /// max_send together.
    [[nodiscard]] std::array<asio::const_buffer, 2> next() const noexcept;
    /// A call has taken the first `sent` bytes of next().
    void advance(std::size_t sent);

private:
    std::span<const std::byte> head_;
    std::span<const std::byte> body_;
};

}  // namespace cookbook::large_arrays
