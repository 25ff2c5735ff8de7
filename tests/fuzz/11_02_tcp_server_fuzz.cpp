// Any bytes, in pieces of any size, through the line buffer: what comes out is what went in, in
// whole lines, until a line is too long.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "11_02_tcp_server/line_buffer.hpp"

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::size_t max_line_size(std::string_view text) {
    std::size_t size = 0;
    while (!text.empty()) {
        const std::size_t line = std::min(text.find('\n'), text.size());
        size = std::max(size, line);
        text.remove_prefix(std::min(line + 1, text.size()));
    }
    return size;
}

}  // namespace

/// The first byte is max_line; then pieces, each preceded by a byte with its size.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    std::span<const std::uint8_t> input(data + 1, size - 1);
    const std::size_t max_line = data[0];
    cookbook::tcp_server::LineBuffer buffer(max_line);
    std::string sent;
    std::string echoed;
    while (!input.empty() && !buffer.too_long()) {
        const std::span<char> space = buffer.space();
        require(!space.empty());
        const std::size_t n =
            std::min({static_cast<std::size_t>(input[0]), input.size() - 1, space.size()});
        const auto piece = input.subspan(1, n);
        std::ranges::copy(piece, space.begin());
        sent.append(piece.begin(), piece.end());
        const std::string_view lines = buffer.take(n);
        require(lines.empty() || lines.ends_with('\n'));
        require(buffer.rest().find('\n') == std::string_view::npos);
        echoed += lines;
        input = input.subspan(1 + n);
    }
    require(echoed + std::string(buffer.rest()) == sent);
    require(max_line_size(echoed) <= max_line);
    require(buffer.too_long() == (buffer.rest().size() > max_line));
    return 0;
}
