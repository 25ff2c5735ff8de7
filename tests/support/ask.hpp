// A client of an echo, over any Stream.

#pragma once

#include <boost/system/system_error.hpp>
#include <string>

#include "common/net/stream.hpp"
#include "support/async_case.hpp"
#include "support/loopback.hpp"

namespace cookbook::testing {

/// Sends a text and returns what comes back, as many bytes. Throws system_error.
inline asio::awaitable<std::string> ask(Stream& stream, std::string text) {
    const Waiting waiting("the echo of " + in_quotes(text));
    const asio::const_buffer data = asio::buffer(text);
    const auto [write_error, written] = co_await stream.write({&data, 1});
    if (write_error) {
        throw boost::system::system_error(write_error);
    }
    std::string echo(text.size(), '\0');
    for (std::size_t size = 0; size < text.size();) {
        const auto [read_error, n] = co_await stream.read_some(asio::buffer(echo) + size);
        if (read_error) {
            throw boost::system::system_error(read_error);
        }
        size += n;
    }
    co_return echo;
}

}  // namespace cookbook::testing
