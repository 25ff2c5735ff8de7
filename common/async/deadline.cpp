#include "common/async/deadline.hpp"

#include <algorithm>
#include <vector>

namespace cookbook {

/// All the deadlines of one io_context, and the timer that they share.
class DeadlineSweep : public asio::execution_context::service {
public:
    using key_type = DeadlineSweep;
    static inline asio::execution_context::id id;

    explicit DeadlineSweep(asio::execution_context& context)
        : service(context), timer_(static_cast<asio::io_context&>(context)) {}

    void add(Deadline& deadline) {
        deadline.position_ = deadlines_.size();
        deadlines_.push_back(&deadline);
    }

    void remove(Deadline& deadline) {
        deadlines_[deadline.position_] = deadlines_.back();
        deadlines_[deadline.position_]->position_ = deadline.position_;
        deadlines_.pop_back();
        if (deadlines_.empty()) {
            timer_.cancel();  // a pending timer would keep io_context::run() from returning
            next_sweep_ = Deadline::clock::time_point::max();
        }
    }

    void sweep_by(Deadline::clock::time_point time) {
        if (time < next_sweep_) {
            next_sweep_ = time;
            timer_.expires_at(time);
            timer_.async_wait([this](error_code interrupted) {
                if (!interrupted) {
                    sweep();
                }
            });
        }
    }

private:
    void sweep() {
        constexpr auto min_pause = 10ms;
        const auto now = Deadline::clock::now();
        auto earliest = Deadline::clock::time_point::max();
        for (Deadline* deadline : deadlines_) {
            if (deadline->expiry_ <= now) {
                deadline->expiry_ = Deadline::clock::time_point::max();
                deadline->expired_ = true;
                deadline->expire_(deadline->connection_);
            }
            earliest = std::min(earliest, deadline->expiry_);
        }
        next_sweep_ = Deadline::clock::time_point::max();
        sweep_by(std::max(earliest, now + min_pause));
    }

    void shutdown() override {}

    asio::steady_timer timer_;
    std::vector<Deadline*> deadlines_;
    Deadline::clock::time_point next_sweep_ = Deadline::clock::time_point::max();
};

Deadline::Deadline(const asio::any_io_executor& executor, void* connection, void (*expire)(void*))
    : sweep_(asio::use_service<DeadlineSweep>(asio::query(executor, asio::execution::context))),
      connection_(connection),
      expire_(expire) {
    sweep_.add(*this);
}

Deadline::~Deadline() {
    sweep_.remove(*this);
}

void Deadline::expires_after(clock::duration limit) {
    const auto now = clock::now();
    // "For ever" is a limit like any other, and must not overflow.
    expiry_ = limit < clock::time_point::max() - now ? now + limit : clock::time_point::max();
    sweep_.sweep_by(expiry_);
}

}  // namespace cookbook
