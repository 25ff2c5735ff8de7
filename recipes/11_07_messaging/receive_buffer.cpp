#include "receive_buffer.hpp"

#include <algorithm>

namespace cookbook::messaging {
namespace {

constexpr std::size_t smallest = std::size_t{16} << 10U;
/// What a connection keeps after a longer message.
constexpr std::size_t largest_kept = std::size_t{2} << 20U;

}  // namespace

void ReceiveBuffer::consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) {
        begin_ = end_ = 0;
        if (storage_.size() > largest_kept) {
            storage_ = {};
        }
    }
}

asio::mutable_buffer ReceiveBuffer::prepare(std::size_t wanted) {
    if (begin_ + wanted > storage_.size()) {
        std::ranges::copy(bytes(), storage_.begin());
        end_ -= begin_;
        begin_ = 0;
    }
    if (end_ == storage_.size()) {
        storage_.resize(std::max(smallest, 2 * storage_.size()));
    }
    return asio::buffer(storage_.data() + end_, storage_.size() - end_);
}

}  // namespace cookbook::messaging
