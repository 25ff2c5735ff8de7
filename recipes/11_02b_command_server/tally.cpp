#include "tally.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <stdexcept>

#include "11_02_tcp_server/line_buffer.hpp"

namespace cookbook::command_server {

void Tally::add_sent(std::string_view bytes) {
    commands_ += static_cast<std::size_t>(std::ranges::count(bytes, '\n'));
    if (!bytes.empty()) {
        within_command_ = bytes.back() != '\n';
    }
}

void Tally::add_received(std::string_view bytes) {
    constexpr std::size_t max_line = std::size_t{16} << 20U;
    const std::size_t complete = bytes.rfind('\n') + 1;  // 0 if there is no line feed
    if (complete > 0) {
        unfinished_ += bytes.substr(0, complete);
        for (std::string_view lines = unfinished_; !lines.empty();) {
            add_line(tcp_server::take_line(lines));
        }
        unfinished_.clear();
    }
    unfinished_ += bytes.substr(complete);
    if (unfinished_.size() > max_line) {
        throw std::runtime_error("the server sends a line that does not end");
    }
}

void Tally::add_line(std::string_view line) {
    boost::system::error_code is_no_json;
    const boost::json::value value = boost::json::parse(line, is_no_json);
    const auto* object = value.if_object();
    if (object == nullptr || !object->contains("event")) {
        ++responses_;
    }
    if (object != nullptr && object->contains("error")) {
        ++errors_;
    }
}

void Tally::require_success() {
    if (!unfinished_.empty()) {
        throw std::runtime_error("the last line was cut");
    }
    const std::size_t commands = commands_ + (within_command_ ? 1 : 0);
    if (errors_ > 0) {
        throw std::runtime_error(fmt::format("{} of {} commands failed", errors_, commands));
    }
    if (responses_ < commands) {
        throw std::runtime_error(
            fmt::format("{} of {} commands were answered", responses_, commands));
    }
}

}  // namespace cookbook::command_server
