// What a program prints as its result.
#pragma once

#include <cstdio>
#include <string_view>

namespace cookbook {

/// Writes all of it at once. Throws std::system_error, "write output: reason".
void write_output(std::FILE* output, std::string_view data);

/// The same for a line, which lacks its line feed.
void print_line(std::FILE* output, std::string_view line);

}  // namespace cookbook
