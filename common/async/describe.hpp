// What went wrong, for people.
#pragma once

#include <exception>
#include <string>

namespace cookbook {

/// The message of an exception on one line, without what Boost appends for programmers: the error's
/// category and value and the source location, " [system:111 at …]".
std::string describe(const std::exception& failure);

/// Whether it says that an operation was cancelled, in Boost's words or in those of the standard
/// library: nothing went wrong, somebody wanted an end.
bool is_cancellation(const std::exception& failure);

}  // namespace cookbook
