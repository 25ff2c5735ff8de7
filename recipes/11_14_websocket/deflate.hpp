// The payloads of permessage-deflate (RFC 7692, 7.2), without context takeover: each message is
// compressed by itself. Pure.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cookbook::websocket {

inline constexpr int max_window_bits = 15;

/// Compresses a message; the result lives until the thread's next call. `window_bits`, 9 to 15, is
/// how far back the peer can look. All connections of a thread share one deflater, which would be
/// 256 KiB for each otherwise.
[[nodiscard]] std::string_view deflate(std::string_view message, int window_bits = max_window_bits);

/// Inflates one message that comes in pieces.
class Inflater {
public:
    enum class Outcome { inflated, too_large, malformed };

    Inflater();
    Inflater(Inflater&&) noexcept;
    Inflater& operator=(Inflater&&) noexcept;
    ~Inflater();

    /// Appends to `message` what a piece holds; too_large as soon as the message would have more
    /// than `max_size` bytes.
    [[nodiscard]] Outcome take(std::string_view piece, std::string& message, std::size_t max_size);

    /// Appends what is left at the message's end.
    [[nodiscard]] Outcome finish(std::string& message, std::size_t max_size);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cookbook::websocket
