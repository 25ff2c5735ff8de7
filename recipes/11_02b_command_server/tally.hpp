// What a client counts: the commands that it sends, and the responses among the lines that come.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cookbook::command_server {

/// Counts lines as their bytes go by, in whatever pieces. A last line may lack its line feed.
class Tally {
public:
    void add_sent(std::string_view bytes);
    /// Lines that are an event do not count, those that are an error count as a response, too.
    /// Throws std::runtime_error if a line is longer than any response should be.
    void add_received(std::string_view bytes);

    /// Throws std::runtime_error if a command failed, or has no response. All lines have come.
    void require_success();

private:
    void add_line(std::string_view line);

    std::size_t commands_ = 0;
    bool within_command_ = false;
    std::string unfinished_;  // of what came
    std::size_t responses_ = 0;
    std::size_t errors_ = 0;
};

}  // namespace cookbook::command_server
