// What a peer sends, as events: the fragments of a message put together, control frames between
// them, the Close (RFC 6455, 5.4 to 5.6). Pure: bytes in, events out.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "body.hpp"
#include "close_code.hpp"
#include "frame.hpp"

namespace cookbook::websocket {

/// What has come. `data` is the payload of a message, a ping or a pong, the reason of a Close, or
/// why a violation is one. It lives until the reader's next call.
struct Event {
    enum class Kind { text, binary, ping, pong, close, violation };

    Kind kind;
    std::string_view data;
    std::uint16_t code = 0;  // of a close or a violation
};

/// Reads what the other side sends. After a close or a violation nothing counts any more.
///
///     MessageReader reader(Role::server, 65536);
///     while (const auto event = reader.next(bytes)) {
///         …
class MessageReader {
public:
    /// A message has at most `max_message` bytes, inflated. With `compression`, permessage-deflate
    /// has been agreed upon.
    MessageReader(Role own_role, std::size_t max_message, bool compression = false);

    /// Takes bytes off the front of `bytes`, up to the end of the next event, and unmasks them
    /// where they are: the payload of a message that has come whole is not copied. Nothing if all
    /// were taken and more are needed.
    [[nodiscard]] std::optional<Event> next(std::span<char>& bytes);

private:
    HeaderResult take_header(std::span<char>& bytes);
    [[nodiscard]] std::optional<Violation> check_header() const;
    [[nodiscard]] std::optional<Violation> check_length() const;
    [[nodiscard]] std::string_view violation_of_order() const;
    void begin_payload();
    std::span<char> take_payload(std::span<char>& bytes);

    std::optional<Event> on_control(std::span<char> piece);
    std::optional<Event> on_data(std::span<char> piece);
    Event end(const Violation& violation);

    Role role_;
    std::size_t max_message_;
    bool compression_;

    std::array<char, max_header> header_bytes_{};  // of a header whose rest has not come
    std::size_t header_size_ = 0;
    FrameHeader header_;
    std::uint64_t left_ = 0;  // of the frame's payload
    bool in_frame_ = false;
    bool ended_ = false;

    std::array<char, max_control_payload> control_{};
    std::size_t control_size_ = 0;

    std::optional<Opcode> kind_;   // of the message that has begun
    std::uint64_t announced_ = 0;  // by its frames so far
    MessageBody body_;
};

}  // namespace cookbook::websocket
