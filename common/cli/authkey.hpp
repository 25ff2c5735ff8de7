// The key of a program whose peers must know it, too.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "common/net/secret.hpp"

namespace cookbook {

/// --authkey-file.
void add_authkey_file(CLI::App& command, std::string& file);

/// The key in the file or, if `file` is empty, in LAB_AUTHKEY. Throws as Key's functions do, and
/// std::invalid_argument if there is none.
Key read_authkey(const std::string& file);

}  // namespace cookbook
