#include "standard_streams.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <istream>
#include <system_error>

namespace cookbook::cidr_manager {
namespace {

/// False if the reader has closed stdout.
bool has_succeeded(bool written) {
    if (!written && errno != EPIPE) {
        throw std::system_error(errno, std::generic_category(), "write to stdout");
    }
    return written;
}

}  // namespace

bool print(std::string_view text) {
    return has_succeeded(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

void for_each_line(std::istream& input, const std::function<bool(const std::string&)>& act) {
    std::ios::sync_with_stdio(false);  // so that in_avail() knows what has been read
    bool go_on = true;
    for (std::string line; go_on && std::getline(input, line);) {
        go_on = act(line);
        if (go_on && input.rdbuf()->in_avail() <= 0) {
            go_on = has_succeeded(std::fflush(stdout) == 0);
        }
    }
    if (input.bad()) {
        throw std::system_error(errno, std::generic_category(), "read stdin");
    }
    if (go_on) {
        has_succeeded(std::fflush(stdout) == 0);
    }
}

void for_each_text(const std::vector<std::string>& texts,
                   const std::function<bool(const std::string&)>& act) {
    std::ranges::find_if_not(texts, act);
    has_succeeded(std::fflush(stdout) == 0);
}

}  // namespace cookbook::cidr_manager
