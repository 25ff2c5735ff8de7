#include "support/system_calls.hpp"

#include <netinet/in.h>
#include <sys/stat.h>

#include <algorithm>
#include <initializer_list>
#include <mutex>
#include <numeric>
#include <utility>
#include <vector>

#include "support/wrapped.hpp"

namespace cookbook::testing {

namespace {

constexpr std::initializer_list<Call> receiving = {Call::read, Call::readv, Call::recv,
                                                   Call::recvfrom, Call::recvmsg};
constexpr std::initializer_list<Call> sending = {Call::write, Call::writev, Call::send,
                                                 Call::sendto, Call::sendmsg};

bool is_one_of(Call call, std::initializer_list<Call> calls) {
    return std::ranges::find(calls, call) != calls.end();
}

bool is_socket(int descriptor) {
    struct stat status{};
    return ::fstat(descriptor, &status) == 0 && S_ISSOCK(status.st_mode);
}

bool is_datagram_socket(int descriptor) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type != SOCK_STREAM;
}

std::uint16_t port_of(int descriptor) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        return 0;
    }
    if (address.ss_family == AF_INET) {
        return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    }
    if (address.ss_family == AF_INET6) {
        return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    }
    return 0;
}

// The rules alive, and how epoll watches each descriptor.
class Kernel {
public:
    void add(const Registration::Rule* rule) {
        const std::lock_guard lock(mutex_);
        rules_.push_back(rule);
        disturbed_ = true;
    }

    void remove(const Registration::Rule* rule) {
        const std::lock_guard lock(mutex_);
        std::erase(rules_, rule);
        disturbed_ = !rules_.empty();
    }

    Effect effect_on(Call call, int descriptor) {
        Effect effect;
        if (!disturbed_.load(std::memory_order_relaxed)) {
            return effect;
        }
        const std::lock_guard lock(mutex_);
        for (const Registration::Rule* rule : rules_) {
            (*rule)(call, descriptor, effect);
        }
        return effect;
    }

    void add(const WatchTransfers::Observer* observer) {
        const std::lock_guard lock(mutex_);
        observers_.push_back(observer);
        observed_ = true;
    }

    void remove(const WatchTransfers::Observer* observer) {
        const std::lock_guard lock(mutex_);
        std::erase(observers_, observer);
        observed_ = !observers_.empty();
    }

    void report(Call call, int descriptor, std::span<const iovec> buffers, std::size_t moved) {
        if (!observed_.load(std::memory_order_relaxed)) {
            return;
        }
        std::vector<iovec> pieces;
        for (const iovec& buffer : buffers) {
            const std::size_t size = std::min(buffer.iov_len, moved);
            moved -= size;
            if (size > 0) {
                pieces.push_back({.iov_base = buffer.iov_base, .iov_len = size});
            }
        }
        const std::lock_guard lock(mutex_);
        for (const WatchTransfers::Observer* observer : observers_) {
            (*observer)(call, descriptor, pieces);
        }
    }

    void watch(int epoll, int descriptor, const epoll_event* event) {
        const std::lock_guard lock(mutex_);
        const auto index = static_cast<std::size_t>(descriptor);
        if (index >= watched_.size()) {
            return;
        }
        watched_[index] = {.epoll = epoll, .event = event != nullptr ? *event : epoll_event{}};
    }

    void renew_edge(int descriptor) {
        const std::lock_guard lock(mutex_);
        const auto index = static_cast<std::size_t>(descriptor);
        if (index >= watched_.size() || watched_[index].event.events == 0) {
            return;
        }
        real::epoll_ctl(watched_[index].epoll, EPOLL_CTL_MOD, descriptor, &watched_[index].event);
    }

private:
    struct Watched {
        int epoll = 0;
        epoll_event event{};  // no events: not watched
    };

    std::mutex mutex_;
    std::atomic<bool> disturbed_ = false;
    std::vector<const Registration::Rule*> rules_;
    std::atomic<bool> observed_ = false;
    std::vector<const WatchTransfers::Observer*> observers_;
    std::array<Watched, 65536> watched_{};
};

Kernel& kernel() {
    static Kernel instance;
    return instance;
}

}  // namespace

Effect effect_on(Call call, int descriptor) {
    return kernel().effect_on(call, descriptor);
}

void report_transfer(Call call, int descriptor, std::span<const iovec> buffers, std::size_t moved) {
    kernel().report(call, descriptor, buffers, moved);
}

void watch(int epoll, int descriptor, const epoll_event* event) {
    kernel().watch(epoll, descriptor, event);
}

void renew_edge(int descriptor) {
    kernel().renew_edge(descriptor);
}

Where Where::descriptor(int descriptor) {
    Where where;
    where.descriptor_ = descriptor;
    return where;
}

Where Where::local_port(std::uint16_t port) {
    Where where;
    where.port_ = port;
    return where;
}

Where Where::this_thread() {
    Where where;
    where.thread_ = std::this_thread::get_id();
    return where;
}

bool Where::matches(int descriptor) const {
    if (descriptor_ != -1 && descriptor_ != descriptor) {
        return false;
    }
    if (thread_ != std::thread::id() && thread_ != std::this_thread::get_id()) {
        return false;
    }
    return port_ == 0 || port_ == port_of(descriptor);
}

bool Where::may_disturb(int descriptor) const {
    return matches(descriptor) && (descriptor_ != -1 || is_socket(descriptor));
}

Registration::Registration(Rule rule) : rule_(std::move(rule)) {
    kernel().add(&rule_);
}

Registration::~Registration() {
    kernel().remove(&rule_);
}

FailCalls::FailCalls(Call call, int error, int times, Where where, int after)
    : registration_([this, call, error, times, where, left = after](Call met, int descriptor,
                                                                    Effect& effect) mutable {
          if (met != call || effect.error != 0 || struck_ == times) {
              return;
          }
          const bool moves_bytes = is_one_of(call, receiving) || is_one_of(call, sending);
          if (!(moves_bytes ? where.may_disturb(descriptor) : where.matches(descriptor))) {
              return;
          }
          if (left-- > 0) {
              return;
          }
          left = 0;
          ++struck_;
          effect.error = error;
      }) {}

namespace {

Registration::Rule shorten(std::initializer_list<Call> calls, Where where, std::size_t most) {
    return [calls, where, most](Call met, int descriptor, Effect& effect) {
        if (!is_one_of(met, calls) || !where.may_disturb(descriptor)) {
            return;
        }
        if (is_datagram_socket(descriptor)) {
            return;
        }
        effect.most = std::min(effect.most, most);
    };
}

}  // namespace

ShortReads::ShortReads(Where where, std::size_t most)
    : registration_(shorten(receiving, where, most)) {}

ShortWrites::ShortWrites(Where where, std::size_t most)
    : registration_(shorten(sending, where, most)) {}

CountCalls::CountCalls(Where where)
    : registration_([this, where](Call met, int descriptor, Effect&) {
          if (where.matches(descriptor)) {
              ++counts_[static_cast<std::size_t>(met)];
          }
      }) {}

std::uint64_t CountCalls::operator[](Call call) const {
    return counts_[static_cast<std::size_t>(call)];
}

std::uint64_t CountCalls::total() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

WatchTransfers::WatchTransfers(Where where)
    : observer_([this, where](Call call, int descriptor, std::span<const iovec> moved) {
          if (!where.matches(descriptor)) {
              return;
          }
          for (const iovec& piece : moved) {
              transfers_.push_back({.call = call,
                                    .data = static_cast<const std::byte*>(piece.iov_base),
                                    .size = piece.iov_len});
          }
      }) {
    kernel().add(&observer_);
}

WatchTransfers::~WatchTransfers() {
    kernel().remove(&observer_);
}

std::vector<Transfer> WatchTransfers::transfers() const {
    return transfers_;
}

}  // namespace cookbook::testing
