#include "outgoing.hpp"

#include <algorithm>

namespace cookbook::large_arrays {

std::array<asio::const_buffer, 2> Outgoing::next() const noexcept {
    const std::size_t of_head = std::min(head_.size(), max_send);
    const std::size_t of_body = std::min(body_.size(), max_send - of_head);
    return {asio::buffer(head_.data(), of_head), asio::buffer(body_.data(), of_body)};
}

void Outgoing::advance(std::size_t sent) {
    // [step 1] Leave out what was sent: of the header first, then of the array.
    const std::size_t of_head = std::min(sent, head_.size());
    head_ = head_.subspan(of_head);
    body_ = body_.subspan(sent - of_head);
    // [end]
}

}  // namespace cookbook::large_arrays
