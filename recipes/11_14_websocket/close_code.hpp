// Why a connection ends (RFC 6455, 7.4), and how a Close says it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cookbook::websocket {

namespace close_code {

inline constexpr std::uint16_t normal = 1000;
inline constexpr std::uint16_t going_away = 1001;
inline constexpr std::uint16_t protocol_error = 1002;
inline constexpr std::uint16_t unsupported = 1003;
inline constexpr std::uint16_t none = 1005;      // a Close without a code; never sent
inline constexpr std::uint16_t abnormal = 1006;  // no Close at all; never sent
inline constexpr std::uint16_t bad_data = 1007;
inline constexpr std::uint16_t too_big = 1009;
inline constexpr std::uint16_t internal_error = 1011;
inline constexpr std::uint16_t try_again_later = 1013;
inline constexpr std::uint16_t bad_name = 4400;  // from here on they are the application's own
inline constexpr std::uint16_t name_taken = 4409;
inline constexpr std::uint16_t too_many_rooms = 4503;

/// Whether a Close may carry it.
[[nodiscard]] constexpr bool may_be_sent(std::uint16_t code) noexcept {
    return (1000 <= code && code <= 1003) || (1007 <= code && code <= 1014) ||
           (3000 <= code && code <= 4999);
}

}  // namespace close_code

/// How a connection has ended: what the first Close said, ours or the peer's. `abnormal` with a
/// reason: we gave up a peer that did not answer ours.
struct Ending {
    std::uint16_t code = close_code::abnormal;
    std::string reason = {};

    [[nodiscard]] bool is_normal() const noexcept {
        return code == close_code::normal || code == close_code::going_away ||
               code == close_code::none;
    }
};

/// What a peer has done wrong: the code of our Close, and why.
struct Violation {
    std::uint16_t code;
    std::string_view why;
};

/// What a Close says.
struct CloseReason {
    std::uint16_t code = close_code::none;
    std::string_view text = {};
};

/// Parses the payload of a Close into `reason`, whose text is a part of it (RFC 6455, 5.5.1).
/// Returns why nobody may send such a one, if that is so.
[[nodiscard]] std::optional<Violation> parse_close(std::string_view payload, CloseReason& reason);

/// The payload that says it; of a text that is too long, as many characters as there is room for.
[[nodiscard]] std::string close_payload(const CloseReason& reason);

}  // namespace cookbook::websocket
