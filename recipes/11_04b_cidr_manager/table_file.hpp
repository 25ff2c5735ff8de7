// The text of a prefix table, and look-ups from the command line.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "11_04b_cidr_manager/prefix_table.hpp"

namespace cookbook::cidr_manager {

/// Reads "PREFIX VALUE" lines; host bits are cleared, and the value is the rest of the line. Throws
/// std::runtime_error, "NAME:LINE: why", for any other line, and if the input cannot be read.
std::vector<PrefixTable::Entry> read_table(std::istream& input, const std::string& name);

/// "ADDRESS PREFIX VALUE", "ADDRESS -" if no prefix contains it, "ADDRESS ! why" if it is none.
std::string look_up(const PrefixTable& table, std::string_view address);

/// Prints look_up() of each address, or of each line of stdin if there is none.
void print_look_ups(const std::string& table_file, const std::vector<std::string>& addresses);

}  // namespace cookbook::cidr_manager
