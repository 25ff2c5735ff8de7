// One frame's bytes (RFC 6455, 5.2). Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cookbook::websocket {

/// Which side we are: a client masks what it sends, a server never does.
enum class Role { server, client };

enum class Opcode : std::uint8_t {
    continuation = 0,
    text = 1,
    binary = 2,
    close = 8,
    ping = 9,
    pong = 10
};

using Mask = std::array<unsigned char, 4>;

inline constexpr std::size_t max_header = 14;
inline constexpr std::size_t max_control_payload = 125;

/// What stands before a frame's payload.
struct FrameHeader {
    bool is_final = true;
    bool is_compressed = false;  // RSV1 (RFC 7692, 6)
    Opcode opcode = Opcode::text;
    std::optional<Mask> mask = {};
    std::uint64_t length = 0;  // of the payload
};

/// Whether frames of this kind may come between the fragments of a message.
[[nodiscard]] constexpr bool is_control(Opcode opcode) noexcept {
    return opcode >= Opcode::close;
}

/// How parse_header() ends.
struct HeaderResult {
    std::size_t size = 0;             // of the header; 0: it needs more bytes
    std::string_view violation = {};  // why no frame may begin like this
};

/// Parses the header at the start of `bytes` into `header`, by the rules that hold for every frame.
[[nodiscard]] HeaderResult parse_header(std::string_view bytes, FrameHeader& header);

/// Masks a payload, or unmasks it, which is the same. It begins at that position of its frame's
/// payload: one that comes in pieces is unmasked piece by piece.
void apply_mask(std::span<char> payload, const Mask& mask, std::uint64_t position = 0);

/// Appends a frame to `out`. The length is the payload's, whatever the header says.
void append_frame(std::string& out, const FrameHeader& header, std::string_view payload);

/// Appends a frame as a server sends it: whole, and neither masked nor compressed.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);

/// A key for the next frame of a client: random, so that no page can choose the bytes that proxies
/// on the way see (RFC 6455, 10.3).
[[nodiscard]] Mask make_mask();

}  // namespace cookbook::websocket
