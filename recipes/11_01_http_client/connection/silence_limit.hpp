// How long a server may say nothing.
#pragma once

#include "common/async/deadline.hpp"

namespace cookbook::http_client {

/// The limit of one exchange on the server's silence: whatever moves, either way, moves it. It ends
/// with the object.
class SilenceLimit {
public:
    SilenceLimit(Deadline& deadline, Deadline::clock::duration limit)
        : deadline_(deadline), limit_(limit) {
        on_progress();
    }
    SilenceLimit(const SilenceLimit&) = delete;
    SilenceLimit& operator=(const SilenceLimit&) = delete;
    ~SilenceLimit() { deadline_.clear(); }

    void on_progress() {
        if (!suspended_) {
            deadline_.expires_after(limit_);
        }
    }

    /// While we wait for input of our own, the server has nothing to say.
    void suspend() noexcept {
        suspended_ = true;
        deadline_.clear();
    }
    void resume() {
        suspended_ = false;
        on_progress();
    }

private:
    Deadline& deadline_;
    const Deadline::clock::duration limit_;
    bool suspended_ = false;
};

}  // namespace cookbook::http_client
