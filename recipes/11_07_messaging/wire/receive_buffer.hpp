// What has been received, as messages.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace cookbook::messaging {

/// The bytes that have come, and one message at a time in them. No I/O.
class ReceiveBuffer {
public:
    /// Room for what comes next; commit() says how much of it has come.
    boost::asio::mutable_buffer room();
    void commit(std::size_t size) { bytes_.commit(size); }

    /// The message at the front, if all of it has come; valid until it is dropped. Throws
    /// system_error as decode_header() reports it.
    std::optional<std::string_view> next_message(std::uint64_t max_size);

    /// Whether all of a message has come after the one that next_message() has returned. Throws as
    /// next_message() does.
    [[nodiscard]] bool has_another(std::uint64_t max_size) const;

    /// Drops the message that next_message() has returned.
    void drop_message() { bytes_.consume(std::exchange(message_size_, 0)); }

    /// Whether nothing has come but what was dropped.
    [[nodiscard]] bool empty() const noexcept { return bytes_.size() == 0; }

private:
    struct Message {
        std::size_t header_size;
        std::string_view content;
    };
    [[nodiscard]] std::optional<Message> message_at(std::size_t position,
                                                    std::uint64_t max_size) const;

    boost::beast::flat_buffer bytes_;
    std::size_t message_size_ = 0;  // with its header, of the one that has been returned
};

}  // namespace cookbook::messaging
