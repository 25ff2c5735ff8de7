// What went wrong, for people.
#pragma once

#include <exception>
#include <string>

namespace cookbook {

/// The message of an exception on one line, without what Boost appends for programmers: the error's
/// category and value and the source location, " [system:111 at …]".
std::string describe(const std::exception& failure);

}  // namespace cookbook
