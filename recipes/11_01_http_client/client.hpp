// The client of the command line: one request to each of several URLs, in one session.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "common/async/asio.hpp"
#include "message/request.hpp"
#include "session.hpp"

namespace cookbook::http_client {

struct ClientSettings {
    Request request;  // all but its URL
    std::vector<std::string> urls;
    Options session;
    std::optional<std::filesystem::path> output;   // instead of stdout
    std::optional<std::filesystem::path> cookies;  // read before, if it is there, written after
    bool show_head = false;
    bool as_text = false;  // UTF-8, whatever it was
    bool fail = false;     // a status of 400 and above is a failure, its body not shown
    bool summarise = false;
    asio::steady_timer::duration max_time = asio::steady_timer::duration::max();
};

/// Sends the request to each URL in turn, and prints the responses. `failures` counts the URLs
/// without a whole response, and with one that settings.fail does not take; each is a line on
/// stderr, "11_01_http_client: METHOD URL: reason". Throws as Output and read_cookies() do.
asio::awaitable<void> fetch_all(ClientSettings settings, std::size_t& failures);

}  // namespace cookbook::http_client
