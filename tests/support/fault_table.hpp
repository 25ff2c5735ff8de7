// The fault test of a stream recipe: every fault, both ways, at several places, in a few lines.
//
//     asio::awaitable<bool> exchange(tcp::endpoint server, std::chrono::milliseconds limit) {
//         co_return co_await fetch(server, "hello", limit) == "hello";
//     }
//
//     ASYNC_TEST_CASE(survives_every_fault) {
//         …start the server…
//         co_await survive_faults(server, {.request_size = 5, .reply_size = 5}, exchange);
//         …stop the server…
//     }

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <source_location>
#include <string>
#include <vector>

#include "common/async/asio.hpp"
#include "support/fault_proxy.hpp"

namespace cookbook::testing {

/// One whole conversation: connects to the endpoint, asks, and takes the reply, with the limit for
/// how long the client waits. True: the reply was right. False: a wrong one was taken for right. An
/// exception: the client was told of an error; std::logic_error stands for a fault in the program
/// itself and is passed on.
using Exchange =
    std::function<asio::awaitable<bool>(tcp::endpoint, std::chrono::milliseconds limit)>;

struct FaultTable {
    /// The bytes that client and server send in one exchange: where the faults strike.
    std::size_t request_size = 0;
    std::size_t reply_size = 0;
    /// How long the client waits if the fault breaks the connection; each stall takes as long.
    std::chrono::milliseconds client_limit{200};
    /// Real time within which each exchange must have ended, and how long the client waits if
    /// the fault only slows: a busy machine is no fault of the recipe. Let the server wait about as
    /// long.
    std::chrono::milliseconds limit{20'000};
};

/// The plans of a table: each fault each way; those that count bytes after 0, 1, half and all but
/// one of them.
std::vector<FaultPlan> fault_plans(const FaultTable& table);

/// Runs an exchange under each plan and returns a sentence for each thing that is wrong:
///  - under pass, one_byte_segments and delay: anything but a right reply;
///  - under the others: a wrong reply, or neither a reply nor an error within the limit;
///  - afterwards: a descriptor that is still open, a server that does not serve the next client.
/// Server and clients run in this process; the server may have threads of its own.
asio::awaitable<std::vector<std::string>> fault_failures(FaultProxy::Endpoint server,
                                                         FaultTable table, Exchange exchange);

/// The same as an assertion: each sentence becomes a failure at `where`.
asio::awaitable<void> survive_faults(FaultProxy::Endpoint server, FaultTable table,
                                     Exchange exchange,
                                     std::source_location where = std::source_location::current());

/// Connects to a server that has no descriptor for the connection at first, and returns when it has
/// had the time to accept it all the same. An assertion fails if it did not try in vain.
asio::awaitable<tcp::socket> connect_without_descriptors(
    tcp::endpoint server, std::source_location where = std::source_location::current());

}  // namespace cookbook::testing
