// The payload of one message as its frames bring it: inflated, limited, and checked if it is text.
// Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "close_code.hpp"
#include "deflate.hpp"
#include "utf8.hpp"

namespace cookbook::websocket {

/// Puts one message after another together.
class MessageBody {
public:
    /// Inflated, a message has at most `max_size` bytes; of one that is not compressed the frames
    /// say it before.
    explicit MessageBody(std::size_t max_size) : max_size_(max_size) {}

    void begin(bool is_text, bool is_compressed);
    [[nodiscard]] bool is_compressed() const noexcept { return inflater_.has_value(); }

    /// Takes what comes next. Returns why the message may not go on like this, if that is so: known
    /// at the first bad byte of a text.
    [[nodiscard]] std::optional<Violation> take(std::string_view piece, bool is_last);

    /// The message whose last piece was taken: that piece itself, if it is all. Valid until
    /// forget_whole().
    [[nodiscard]] std::string_view data() const noexcept { return data_; }
    /// Forgets a message that is whole, and what memory it has taken.
    void forget_whole() noexcept;

private:
    std::optional<Violation> inflate(std::string_view piece, bool is_last);

    std::size_t max_size_;
    bool is_text_ = false;
    bool is_whole_ = false;
    std::optional<Inflater> inflater_;
    Utf8Checker utf8_;
    std::string bytes_;  // what has come, unless it came whole
    std::string_view data_;
};

}  // namespace cookbook::websocket
