#include "plaintext.hpp"

#include <algorithm>

namespace cookbook::tls {

std::span<const char> Plaintext::take(std::size_t size, std::span<char, max_record> record) {
    if (buffers_.size() == 1 || front().size() >= std::min(size, max_record)) {
        return take_front(size);
    }
    std::size_t copied = 0;
    while (copied < std::min(size, max_record) && !empty()) {
        const auto piece = take_front(std::min(size, max_record) - copied);
        std::ranges::copy(piece, record.begin() + static_cast<std::ptrdiff_t>(copied));
        copied += piece.size();
    }
    return record.first(copied);
}

std::size_t Plaintext::skip(std::size_t size) {
    std::size_t skipped = 0;
    while (skipped < size && !empty()) {
        skipped += take_front(size - skipped).size();
    }
    return skipped;
}

/// Takes up to `size` bytes of the first buffer.
std::span<const char> Plaintext::take_front(std::size_t size) {
    const asio::const_buffer all = front();
    const std::size_t taken = std::min(size, all.size());
    offset_ += taken;
    drop_empty();
    return {static_cast<const char*>(all.data()), taken};
}

void Plaintext::drop_empty() {
    while (!buffers_.empty() && offset_ == buffers_.front().size()) {
        buffers_ = buffers_.subspan(1);
        offset_ = 0;
    }
}

}  // namespace cookbook::tls
