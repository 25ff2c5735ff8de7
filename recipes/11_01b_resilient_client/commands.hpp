// The client of the command line: the same request to many URLs, as often as wanted.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client.hpp"
#include "common/async/asio.hpp"

namespace cookbook::resilient_client {

struct CommandSettings {
    ClientOptions client;
    Request request;                // all but its URL
    std::vector<std::string> urls;  // "-" for those that stdin has, one a line
    FetchAllOptions many;
    std::uint32_t repeat = 1;  // rounds
    bool show_body = false;
    bool summarise = false;
    asio::steady_timer::duration max_time = asio::steady_timer::duration::max();  // for all
};

/// Fetches all URLs, round after round with one client, and writes a row for each to stdout as soon
/// as its turn has come. Returns in `all_ok` whether every status is below 400. Throws
/// std::system_error, "write output: reason" and "read stdin: reason".
asio::awaitable<void> fetch_urls(CommandSettings settings, bool& all_ok);

}  // namespace cookbook::resilient_client
