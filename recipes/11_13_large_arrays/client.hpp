// The client: receives one array.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

#include "buffer.hpp"
#include "common/async/asio.hpp"
#include "common/net/address.hpp"
#include "common/net/endpoint.hpp"
#include "npy.hpp"

namespace cookbook::large_arrays {

/// What a client is ready to take.
struct Acceptance {
    /// Doubles to receive without a header, in this machine's byte order.
    std::optional<std::uint64_t> raw_count = {};
    std::size_t max_bytes = std::size_t{1} << 30U;
    /// How long the server may send nothing.
    asio::steady_timer::duration timeout = std::chrono::seconds(60);
};

struct Array {
    Header header;    // as it came
    Buffer elements;  // in the byte order of this machine
};

/// Receives one array and nothing more. Nothing is allocated that the header does not justify, and
/// no memory is used for what has not come. Throws NpyError if the header breaks a rule or
/// announces too much, CutShort, std::runtime_error if more comes than was announced, and
/// boost::system::system_error.
asio::awaitable<Array> receive_array(StreamSocket& socket, Acceptance acceptance);

/// Receives an array from `server`, writes it to `file` unless that is empty, and prints what it is
/// to `output`, one line of JSON. The file appears when it is whole, or not at all. Throws as
/// connect(), NewFile and print_line() do; std::runtime_error and std::system_error, "receive from
/// SERVER: reason".
asio::awaitable<void> fetch_array(Address server, Acceptance acceptance, std::string file,
                                  std::FILE* output);

}  // namespace cookbook::large_arrays
