// Lines from stdin, lines to stdout.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace cookbook::cidr_manager {

/// Writes the text to stdout; false if its reader has closed it. Throws std::system_error, "write
/// to stdout: reason".
bool print(std::string_view text);

/// Calls `act` with each line, or each text, until it returns false. What `act` has printed reaches
/// the reader before we wait for more input.
void for_each_line(std::istream& input, const std::function<bool(const std::string&)>& act);
void for_each_text(const std::vector<std::string>& texts,
                   const std::function<bool(const std::string&)>& act);

}  // namespace cookbook::cidr_manager
