// The client of the command line.
#pragma once

#include <cstddef>
#include <cstdio>
#include <string>

#include "call.hpp"
#include "common/async/asio.hpp"
#include "common/net/address.hpp"

namespace cookbook::udp_server {

/// A request that no other has: "id=" and 16 hexadecimal digits, random, so that nobody who does
/// not see it can guess it.
std::string new_request();

/// Asks for the time, and returns it: 24 characters. Throws as Caller::call() does.
asio::awaitable<std::string> ask_time(Caller& caller, std::string request = new_request());

/// Asks `count` times, one after the other, and prints the time in each reply as a line. With
/// retries.new_port the requests are empty, as servers know them that know no ids. Throws as
/// Caller::call() and print_line() do.
asio::awaitable<void> print_times(HostPort server, std::size_t count, Retries retries,
                                  std::FILE* output);

}  // namespace cookbook::udp_server
