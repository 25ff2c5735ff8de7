#include "receive_buffer.hpp"

#include <algorithm>

#include "protocol.hpp"

namespace cookbook::messaging {

/// The buffer doubles when it is full, whatever length a peer announces; the memory of a long
/// message is given back after it.
boost::asio::mutable_buffer ReceiveBuffer::room() {
    constexpr std::size_t first_room = std::size_t{16} << 10U;
    constexpr std::size_t max_kept = std::size_t{2} << 20U;
    if (empty() && bytes_.capacity() > max_kept) {
        bytes_.shrink_to_fit();
    }
    const std::size_t room = bytes_.capacity() - bytes_.size();
    return bytes_.prepare(room > 0 ? room : std::max(first_room, bytes_.size()));
}

std::optional<ReceiveBuffer::Message> ReceiveBuffer::message_at(std::size_t position,
                                                                std::uint64_t max_size) const {
    std::string_view bytes(static_cast<const char*>(bytes_.data().data()), bytes_.size());
    bytes.remove_prefix(position);
    const std::optional<Header> header = decode_header(bytes, max_size).value();
    if (!header || bytes.size() - header->size < header->message) {
        return std::nullopt;
    }
    return Message{header->size, bytes.substr(header->size, header->message)};
}

std::optional<std::string_view> ReceiveBuffer::next_message(std::uint64_t max_size) {
    const std::optional<Message> message = message_at(0, max_size);
    if (!message) {
        return std::nullopt;
    }
    message_size_ = message->header_size + message->content.size();
    return message->content;
}

bool ReceiveBuffer::has_another(std::uint64_t max_size) const {
    return message_at(message_size_, max_size).has_value();
}

}  // namespace cookbook::messaging
