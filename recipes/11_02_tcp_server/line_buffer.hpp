// Lines out of a stream of bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace cookbook::tcp_server {

/// A buffer of fixed size that gives back whole lines: what comes after the last line feed stays
/// until its line is complete.
///
///     while (const std::size_t n = lines.too_long() ? 0 : receive(lines.space())) {
///         send(lines.take(n));
///     }
///     send(lines.rest());
class LineBuffer {
public:
    /// For lines of up to `max_line` bytes, the line feed not counted.
    explicit LineBuffer(std::size_t max_line);

    /// Where the next bytes go: room for at least one, unless too_long().
    std::span<char> space();

    /// The lines that are complete with the `n` bytes just put into space(), line feeds included;
    /// empty if none is. They stay in the buffer until the next space().
    std::string_view take(std::size_t n);

    /// The last line, which has no line feed yet.
    [[nodiscard]] std::string_view rest() const;

    /// Whether that line is longer than max_line.
    [[nodiscard]] bool too_long() const { return end_ - begin_ == capacity_; }

private:
    std::size_t capacity_;
    std::unique_ptr<char[]> bytes_;
    std::size_t begin_ = 0;  // of the unfinished line
    std::size_t end_ = 0;    // of what has been received
};

/// Takes the first of several lines off, without its line feed, which the last one may lack.
[[nodiscard]] std::string_view take_line(std::string_view& lines);

}  // namespace cookbook::tcp_server
