// The bytes of a write, cut into pieces that are worth a record each.
#pragma once

#include <cstddef>
#include <span>

#include "common/net/stream.hpp"

namespace cookbook::tls {

/// The most that a record carries (RFC 8446, 5.1).
inline constexpr std::size_t max_record = std::size_t{16} << 10U;

/// The bytes of several buffers, one after another. The list of buffers must outlive it.
class Plaintext {
public:
    explicit Plaintext(Stream::Buffers buffers) : buffers_(buffers) { drop_empty(); }

    [[nodiscard]] bool empty() const noexcept { return buffers_.empty(); }

    /// Takes up to `size` bytes and returns a view of them: as many as lie together, if that is
    /// enough for a record; otherwise those of several buffers, copied into `record`.
    std::span<const char> take(std::size_t size, std::span<char, max_record> record);
    /// Passes over up to `size` bytes, and returns how many.
    std::size_t skip(std::size_t size);

private:
    [[nodiscard]] asio::const_buffer front() const { return buffers_.front() + offset_; }
    std::span<const char> take_front(std::size_t size);
    void drop_empty();

    Stream::Buffers buffers_;
    std::size_t offset_ = 0;  // into the first of them
};

}  // namespace cookbook::tls
