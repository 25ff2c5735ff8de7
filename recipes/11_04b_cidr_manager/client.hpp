// The client: requests as they are, and the commands for people.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "common/async/asio.hpp"
#include "common/net/tcp.hpp"

namespace cookbook::cidr_manager {

/// Connects within `limit`, sends one request and returns its result. Throws as connect() does,
/// std::runtime_error with the server's error, or std::system_error, "receive from HOST:PORT:
/// reason", if the server ends, or takes longer than `limit`, without a response. What is no
/// response to the request is std::runtime_error, "HOST:PORT: not a response", here and below.
asio::awaitable<boost::json::value> call(HostPort server, boost::json::object request,
                                         asio::steady_timer::duration limit);

/// Asks for one network. Throws as call() does, and std::runtime_error, "no room in POOL", if the
/// result is null.
asio::awaitable<std::string> call_for_network(HostPort server, boost::json::object request,
                                              asio::steady_timer::duration limit);

/// Sends each request, or each line of the open file `input` if there is none, and prints what
/// comes back to `output`. Throws as Conversation does, and std::runtime_error if a response is
/// missing or is an error: after all of them are printed.
asio::awaitable<void> send_requests(HostPort server, std::vector<std::string> requests, int input,
                                    std::FILE* output, asio::steady_timer::duration limit);

/// Prints "NETWORK OWNER" for each allocation, in the pool or in all of them. Throws as call() and
/// write_output() do. A page that is not behind the one before is no response.
asio::awaitable<void> list_allocations(HostPort server, std::string pool, std::FILE* output,
                                       asio::steady_timer::duration limit);

}  // namespace cookbook::cidr_manager
