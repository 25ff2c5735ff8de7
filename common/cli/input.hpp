// Reading stdin in an event loop.
#pragma once

#include <unistd.h>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "common/async/asio.hpp"

namespace cookbook {

/// Opens what `descriptor` reads for asynchronous reads: a terminal, a pipe, a regular file (from
/// its current position) or a socket. `descriptor` itself stays open. A terminal or a pipe stays
/// blocking for all that share it; a socket does not (fcntl(2), O_NONBLOCK). Throws system_error.
asio::posix::stream_descriptor open_input(const asio::any_io_executor& executor,
                                          int descriptor = STDIN_FILENO);

/// The lines of an input, as they come.
class InputLines {
public:
    static constexpr std::size_t max_line = std::size_t{64} << 20U;

    /// What becomes of lines that are empty, or of white space only.
    enum class Blank { skip, keep };

    explicit InputLines(asio::posix::stream_descriptor input, Blank blank = Blank::skip)
        : input_(std::move(input)), blank_(blank) {}

    /// The next line, without its line feed; the last one may lack it. Nothing after the last one.
    /// Throws system_error, "read stdin: reason".
    asio::awaitable<std::optional<std::string>> next();

private:
    [[nodiscard]] bool counts(const std::string& line) const;

    asio::posix::stream_descriptor input_;
    Blank blank_;
    std::string received_;
    bool at_end_ = false;
};

}  // namespace cookbook
