// What a loop calls when a descriptor is ready.
#pragma once

namespace cookbook::event_loop {

/// The interest of a handler decides which function is called. Readiness is a hint (select(2),
/// BUGS): the descriptor must be non-blocking, and a call on it may find nothing to do. If the peer
/// is gone, what the handler waits for is called, and both if it waits for nothing; the system call
/// then fails, and says why.
class Handler {
public:
    virtual ~Handler() = default;
    virtual void handle_receive() {}
    virtual void handle_send() {}
};

}  // namespace cookbook::event_loop
