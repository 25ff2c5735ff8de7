#include "line_buffer.hpp"

#include <algorithm>
#include <cstring>

namespace cookbook::tcp_server {

LineBuffer::LineBuffer(std::size_t max_line)
    : capacity_(max_line + 1), bytes_(std::make_unique_for_overwrite<char[]>(capacity_)) {}

std::span<char> LineBuffer::space() {
    // [step 2] Keep the unfinished line: move its bytes to the front. (stub: begin_ = end_ = 0;)
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    // [end]
    return {bytes_.get() + end_, capacity_ - end_};
}

std::string_view LineBuffer::take(std::size_t n) {
    // Search only what is new, or a line that comes byte by byte would cost its square.
    const std::string_view fresh(bytes_.get() + end_, n);
    const std::size_t line_feed = fresh.rfind('\n');
    const std::size_t line_end =
        line_feed == std::string_view::npos ? begin_ : end_ + line_feed + 1;
    const std::string_view lines(bytes_.get() + begin_, line_end - begin_);
    begin_ = line_end;
    end_ += n;
    return lines;
}

std::string_view LineBuffer::rest() const {
    return {bytes_.get() + begin_, end_ - begin_};
}

std::string_view take_line(std::string_view& lines) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    return line;
}

}  // namespace cookbook::tcp_server
