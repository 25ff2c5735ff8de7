// Connections and servers that the tests of recipe 11.13 have, and what they look at.
#pragma once

#include <boost/asio/local/connect_pair.hpp>
#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_13_large_arrays/numbers.hpp"
#include "11_13_large_arrays/server.hpp"
#include "support/loopback.hpp"
#include "support/running_server.hpp"
#include "support/system_calls.hpp"

namespace cookbook::testing {

/// The two ends of a connection over loopback.
struct StreamPair {
    explicit StreamPair(const asio::any_io_executor& executor)
        : StreamPair(connected_pair(executor)) {}
    StreamPair(StreamSocket one, StreamSocket other)
        : near(std::move(one)), far(std::move(other)) {}

    StreamSocket near;
    StreamSocket far;

private:
    explicit StreamPair(SocketPair pair) : near(std::move(pair.near)), far(std::move(pair.far)) {}
};

/// The two ends of a connection by a UNIX socket.
inline StreamPair unix_pair(const asio::any_io_executor& executor) {
    asio::local::stream_protocol::socket near(executor);
    asio::local::stream_protocol::socket far(executor);
    asio::local::connect_pair(near, far);
    return {std::move(near), std::move(far)};
}

/// 0.0, 1.0, 2.0, …
inline std::vector<double> counting(std::size_t count) {
    std::vector<double> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0.0);
    return numbers;
}

inline std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text));
}
template <typename T>
std::string text_of(const std::vector<T>& array) {
    return {reinterpret_cast<const char*>(array.data()), array.size() * sizeof(T)};
}

/// Whether the transfers are those of one pass over `memory`: each begins where the last one ended.
inline bool pass_over(std::span<const Transfer> transfers, std::span<const std::byte> memory) {
    const std::byte* at = memory.data();
    for (const Transfer& transfer : transfers) {
        if (transfer.data != at) {
            return false;
        }
        at = transfer.end();
    }
    return at == memory.data() + memory.size();
}

/// How much memory this process has had at most since the object was made, beyond what it had then
/// (proc(5), VmHWM and VmRSS); in bytes.
class PeakMemory {
public:
    PeakMemory() {
        std::ofstream("/proc/self/clear_refs") << 5;  // the peak is the present
        before_ = read("VmRSS:");
    }
    [[nodiscard]] std::size_t growth() const {
        const std::size_t peak = read("VmHWM:");
        return peak > before_ ? peak - before_ : 0;
    }

private:
    static std::size_t read(std::string_view name) {
        std::ifstream status("/proc/self/status");
        std::string word;
        while (status >> word && word != name) {
        }
        std::size_t kibibytes = 0;
        status >> kibibytes;
        return kibibytes << 10U;
    }

    std::size_t before_ = 0;
};

/// Sanitizers keep notes of their own on each byte.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool memory_is_ours = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool memory_is_ours = false;
#else
inline constexpr bool memory_is_ours = true;
#endif
#else
inline constexpr bool memory_is_ours = true;
#endif

/// A server on a port of its own.
class ArrayServer : public RunningServer {
public:
    ArrayServer(const asio::any_io_executor& executor, large_arrays::Offer offer,
                Limits limits = {}, std::string host = "127.0.0.1")
        : RunningServer(executor, {std::move(host), 0}, [&](tcp::acceptor acceptor) {
              return large_arrays::serve_array(std::move(acceptor), std::move(offer), limits);
          }) {}
};

}  // namespace cookbook::testing
