// The recipe in one process.
#pragma once

namespace cookbook::event_loop {

/// Runs each of the four loops with a few clients, and prints what they get and how long an echo
/// takes, alone and beside idle connections.
void demo();

}  // namespace cookbook::event_loop
