// Events of the chat as lines for people. Pure.
#pragma once

#include <string>
#include <string_view>

namespace cookbook::websocket {

/// What a client shows and counts of an event.
struct Shown {
    std::string lines = {};  // "ann: hello\n", "* bob has joined\n"; a welcome has several
    bool is_reply = false;   // to something that the person of that name has done
};

/// Understands an event that was sent to the person called `own_name`. An event that nobody knows
/// is not shown. Characters that would move a terminal's cursor, or turn its text around, are
/// replaced.
[[nodiscard]] Shown show_event(std::string_view event, std::string_view own_name);

}  // namespace cookbook::websocket
