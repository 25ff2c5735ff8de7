// System calls that fail, or move fewer bytes than they could, when a test wants them to; and a
// count of the calls made.
//
//     FailCalls fail(Call::accept, EMFILE, 3);               // the next three accepts
//     ShortReads byte_by_byte(Where::local_port(port));      // on the server's sockets only
//     CountCalls calls;
//     WatchTransfers transfers;                              // which memory the bytes come from
//     …
//     BOOST_TEST(fail.struck() == 3);
//     BOOST_TEST(calls[Call::accept] < 10, "…accepting spins");
//
// Met are the calls of everything linked into the test program (the recipe, Asio, the test itself),
// on all threads; not those made inside shared libraries such as OpenSSL. Each object works as long
// as it lives. With none alive the calls go straight on.

#pragma once

#include <sys/uio.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <thread>
#include <vector>

namespace cookbook::testing {

enum class Call {
    // clang-format off
    accept, accept4, connect, epoll_ctl, epoll_wait, getpeername, poll, read, readv, recv, recvfrom,
    recvmmsg, recvmsg, send, sendmmsg, sendmsg, sendto, setsockopt, socket, timerfd_settime, write,
    writev
    // clang-format on
};
inline constexpr std::size_t call_kinds = static_cast<std::size_t>(Call::writev) + 1;

/// Which calls are meant.
class Where {
public:
    static Where everywhere() { return {}; }
    /// Calls on this descriptor.
    static Where descriptor(int descriptor);
    /// Calls on sockets whose own TCP or UDP port this is: a listener and all that it has accepted.
    static Where local_port(std::uint16_t port);
    /// Calls of the thread that says so.
    static Where this_thread();

    [[nodiscard]] bool matches(int descriptor) const;
    /// As matches(), for calls that are to be disturbed when they move bytes: on sockets only,
    /// unless the descriptor was named, so that the event loop's own descriptors work on.
    [[nodiscard]] bool may_disturb(int descriptor) const;

private:
    int descriptor_ = -1;
    std::uint16_t port_ = 0;
    std::thread::id thread_;
};

/// What becomes of a call: it fails with `error`, if that is not 0, or moves at most `most`
/// bytes.
struct Effect {
    int error = 0;
    std::size_t most = std::numeric_limits<std::size_t>::max();
};

/// Shows every call to `rule` as long as the object lives. Under a lock: a rule makes no such call.
class Registration {
public:
    using Rule = std::function<void(Call, int descriptor, Effect&)>;

    explicit Registration(Rule rule);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

private:
    Rule rule_;
};

/// Fails the next `times` of such calls with `error`, an errno value, after letting `after` of them
/// through. After an injected EAGAIN the descriptor soon reports itself ready, as a real one would.
class FailCalls {
public:
    static constexpr int always = std::numeric_limits<int>::max();

    FailCalls(Call call, int error, int times = always, Where where = Where::everywhere(),
              int after = 0);

    /// How many calls were failed. A test that passes because nothing was injected proves nothing.
    [[nodiscard]] int struck() const { return struck_; }

private:
    std::atomic<int> struck_ = 0;
    Registration registration_;
};

/// Each receiving call on a stream socket brings at most `most` bytes.
class ShortReads {
public:
    explicit ShortReads(Where where = Where::everywhere(), std::size_t most = 1);

private:
    Registration registration_;
};

/// Each sending call on a stream socket takes at most `most` bytes.
class ShortWrites {
public:
    explicit ShortWrites(Where where = Where::everywhere(), std::size_t most = 1);

private:
    Registration registration_;
};

/// Counts the calls made since its construction, failed ones too.
class CountCalls {
public:
    explicit CountCalls(Where where = Where::everywhere());

    [[nodiscard]] std::uint64_t operator[](Call call) const;
    [[nodiscard]] std::uint64_t total() const;

private:
    std::array<std::atomic<std::uint64_t>, call_kinds> counts_{};
    Registration registration_;
};

/// Memory that a call has moved bytes to or from, without a gap.
struct Transfer {
    Call call{};
    const std::byte* data = nullptr;
    std::size_t size = 0;

    [[nodiscard]] const std::byte* end() const { return data + size; }
};

/// Keeps what the calls that move bytes have moved since its construction, in their order; of a
/// gathered or scattered one each piece. Not those of recvmmsg() and sendmmsg().
class WatchTransfers {
public:
    using Observer = std::function<void(Call, int descriptor, std::span<const iovec> moved)>;

    explicit WatchTransfers(Where where = Where::everywhere());
    ~WatchTransfers();
    WatchTransfers(const WatchTransfers&) = delete;
    WatchTransfers& operator=(const WatchTransfers&) = delete;

    [[nodiscard]] std::vector<Transfer> transfers() const;

private:
    std::vector<Transfer> transfers_;
    Observer observer_;
};

}  // namespace cookbook::testing
