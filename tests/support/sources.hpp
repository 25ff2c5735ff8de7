// Where the sources of the tests are, for a test that reads a file of theirs or runs a script.
#pragma once

#include <string>

namespace cookbook::testing {

/// The path of a file in tests/: of "interop/peer.py", for example.
std::string path_of(const std::string& file);

}  // namespace cookbook::testing
