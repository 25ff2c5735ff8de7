// The clients of the command line: one asks, one watches. JSON comes out, a line each.
#pragma once

#include <boost/json/object.hpp>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/async/asio.hpp"
#include "events.hpp"

namespace cookbook::control_plane {

/// A server, and the file with its key.
struct Remote {
    std::string url = "http://127.0.0.1:8080";
    std::filesystem::path key_file = "ipam-data/admin.key";
};

/// What is asked of it.
struct Question {
    std::string method = "GET";
    std::string path = {};  // "/v1/pools"
    std::vector<std::pair<std::string, std::string>> parameters = {};
    boost::json::object body = {};
    bool counts_once = false;  // it has an Idempotency-Key, and is asked again if it is lost
};

/// A segment of a path, "/a%2Fb", whatever the text is.
[[nodiscard]] std::string path_segment(const std::string& text);

/// Asks, and returns what comes as lines of JSON: of pools and leases a line each, of nothing none.
/// Throws std::runtime_error: without a response its reason, otherwise "409 Conflict: …".
asio::awaitable<std::string> ask(Remote remote, Question question);

/// Prints each event as a line. If the connection ends, or if we were too slow, comes back with the
/// last number that was seen, again and again, a second later each time. Throws what makes the
/// first attempt fail, and std::runtime_error, "closed 4401: …", if the server will never have us.
asio::awaitable<void> print_events(Remote remote, Watch watch, std::FILE* output);

}  // namespace cookbook::control_plane
