// Names to addresses, without waiting for a resolver longer than one wants to.
#pragma once

#include <boost/system/error_category.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "common/async/asio.hpp"

namespace cookbook::http_client {

/// A value is getaddrinfo(3)'s: "Name or service not known".
const boost::system::error_category& look_up_category() noexcept;

/// The addresses of a host, in the order in which to try them: as getaddrinfo(3) sorts them, but
/// IPv6 and IPv4 in turns, so that a family that does not work costs one attempt (RFC 8305, 4).
/// An address is its own; a name is looked up on a thread. Throws system_error, "look up HOST:
/// reason".
///
/// getaddrinfo() cannot be cancelled. If the caller is, it is abandoned: its thread ends by itself,
/// later, and keeps neither the caller waiting nor its io_context.
asio::awaitable<std::vector<tcp::endpoint>> look_up(std::string host, std::uint16_t port);

/// Sorts so that families come in turns, the first one's first; otherwise the order stays.
void interleave_families(std::vector<tcp::endpoint>& endpoints);

}  // namespace cookbook::http_client
