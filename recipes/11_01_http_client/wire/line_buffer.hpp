// Lines that come in pieces. Pure.
#pragma once

#include <string>
#include <string_view>

namespace cookbook::http_client {

/// Puts lines together: each ends with LF. Only what has come in pieces is copied.
class LineBuffer {
public:
    struct Line {
        std::string_view text;  // without its LF; what there is of it, if that has not come yet
        bool is_whole;
    };

    /// Takes the next line, or what there is of it, off the front of `bytes`. Valid until the next
    /// call, and as long as the bytes are.
    Line take(std::string_view& bytes);

private:
    std::string begun_;     // a line, as far as it has come in pieces
    bool is_over_ = false;  // it has been returned whole
};

/// A whole line without the CR that may be part of its end (RFC 9112, 2.2).
[[nodiscard]] inline std::string_view without_cr(std::string_view line) noexcept {
    return line.substr(0, line.size() - (line.ends_with('\r') ? 1 : 0));
}

}  // namespace cookbook::http_client
