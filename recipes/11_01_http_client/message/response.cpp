#include "response.hpp"

#include <boost/json/parse.hpp>
#include <stdexcept>

namespace cookbook::http_client {

std::string_view Response::reason() const noexcept {
    // "HTTP/1.1 200 Not Found": what follows the status and one space.
    const std::string_view line = status_line;
    const std::size_t status_begin = line.find_first_of("123456789", line.find_first_of(" \t"));
    constexpr std::size_t status_and_space = 4;
    return status_begin == line.npos || line.size() < status_begin + status_and_space
               ? std::string_view()
               : line.substr(status_begin + status_and_space);
}

std::string Response::text() const {
    return content;
}

boost::json::value Response::json() const {
    return boost::json::parse(content);
}

void Response::raise_for_status() const {
    if (!ok()) {
        throw std::runtime_error(std::to_string(status) + ' ' + std::string(reason()) + " for " +
                                 url);
    }
}

}  // namespace cookbook::http_client
