// Bytes that have come and have not been taken yet.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "common/async/asio.hpp"

namespace cookbook::messaging {

/// Grows as bytes come, never because a peer has announced them, and by doubling, so that a long
/// message is copied once more at most.
class ReceiveBuffer {
public:
    [[nodiscard]] std::string_view bytes() const {
        return {storage_.data() + begin_, end_ - begin_};
    }

    /// Drops the first `count` bytes.
    void consume(std::size_t count);

    /// Room for what comes next: some of the `wanted` bytes that are needed from the first one on.
    asio::mutable_buffer prepare(std::size_t wanted);
    /// So many bytes of that room have been filled.
    void commit(std::size_t count) { end_ += count; }

private:
    std::vector<char> storage_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace cookbook::messaging
