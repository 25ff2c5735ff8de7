#include "line_buffer.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace cookbook::http_client {

LineBuffer::Line LineBuffer::take(std::string_view& bytes) {
    if (std::exchange(is_over_, false)) {
        begun_.clear();
    }
    const std::size_t end = bytes.find('\n');
    const bool is_whole = end != bytes.npos;
    const std::string_view piece = bytes.substr(0, end);
    bytes.remove_prefix(piece.size() + (is_whole ? 1 : 0));
    if (is_whole && begun_.empty()) {
        return {piece, true};
    }
    begun_ += piece;
    is_over_ = is_whole;
    return {begun_, is_whole};
}

}  // namespace cookbook::http_client
