// Connections in memory, for protocols over a Stream: no sockets, and the test says how the bytes
// travel.
//
//     auto [near, far] = memory_pair(executor, {.max_read = 1});  // near reads byte by byte

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "common/net/stream.hpp"

namespace cookbook::testing {

/// How one end sees the connection.
struct MemoryPlan {
    static constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

    /// A read brings at most so many bytes.
    std::size_t max_read = unlimited;
    /// write_now() takes at most so many bytes.
    std::size_t max_write_now = unlimited;
    /// So many bytes can be under way; then writing waits for the other end to read.
    std::size_t capacity = unlimited;
    /// After so many bytes the other end sees an end of file, and whatever follows is lost.
    std::size_t cut_after = unlimited;
};

/// One end of a connection in memory. As with a socket, cancel() and close() end what is under way
/// with operation_aborted, and closing either end is an end of file to the other.
class MemoryStream final : public Stream {
public:
    struct Way;

    MemoryStream(asio::any_io_executor executor, std::shared_ptr<Way> in, std::shared_ptr<Way> out,
                 MemoryPlan plan);
    ~MemoryStream() override;

    asio::any_io_executor get_executor() override { return executor_; }
    [[nodiscard]] tcp::endpoint peer() const override { return {}; }
    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override;
    std::size_t write_now(Buffers buffers, error_code& error) override;
    asio::awaitable<Transferred> write(Buffers buffers) override;
    asio::awaitable<void> shut_down() override;
    void cancel(error_code& error) override;
    void close(error_code& error) override;

    /// From now on another plan. A write that waits for room looks again.
    void set_plan(MemoryPlan plan);
    /// How many bytes were written so far, and by how many calls; calls that moved none do not
    /// count.
    [[nodiscard]] std::size_t sent() const;
    [[nodiscard]] std::size_t sends() const noexcept { return sends_; }
    /// The largest room for a read that is under way, or was: what an idle connection holds.
    [[nodiscard]] std::size_t room() const noexcept { return room_; }

private:
    asio::awaitable<error_code> wait_for_change(std::shared_ptr<Way> way);
    std::size_t put(asio::const_buffer bytes);

    asio::any_io_executor executor_;
    std::shared_ptr<Way> in_;
    std::shared_ptr<Way> out_;
    MemoryPlan plan_;
    std::size_t sends_ = 0;
    std::size_t room_ = 0;
    std::uint64_t cancellations_ = 0;
    bool closed_ = false;
};

struct MemoryPair {
    std::unique_ptr<MemoryStream> near;
    std::unique_ptr<MemoryStream> far;
};

/// Both ends of one connection.
MemoryPair memory_pair(const asio::any_io_executor& executor, MemoryPlan near = {},
                       MemoryPlan far = {});

}  // namespace cookbook::testing
