// The names by which every recipe calls Asio's types, and the two ways in which coroutines wait.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>

namespace cookbook {

namespace asio = boost::asio;
namespace this_coro = boost::asio::this_coro;
using boost::asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;

/// Waits, and throws boost::system::system_error if the operation fails: for operations whose
/// failure ends the caller.
inline constexpr auto use_awaitable = asio::use_awaitable;

/// Waits, and returns the error_code beside the result: `auto [read_error, n] = co_await …`. For
/// operations whose failure is an expected outcome, such as reading from a peer that may leave.
inline constexpr auto use_nothrow = asio::as_tuple(asio::use_awaitable);

}  // namespace cookbook
