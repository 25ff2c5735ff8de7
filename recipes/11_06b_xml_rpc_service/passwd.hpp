// Making the lines of the users' file.
#pragma once

#include <string>
#include <vector>

namespace cookbook::xml_rpc_service {

/// Reads a password, the first line of stdin, and prints the line of the user NAME with the roles
/// that follow. Throws CLI::ParseError for bad usage, std::invalid_argument if nobody could send
/// the password, and std::system_error, "read password: reason".
void print_user(const std::vector<std::string>& name_and_roles);

}  // namespace cookbook::xml_rpc_service
