// A place for a test's files that no other process has.
#pragma once

#include "common/cli/temporary_folder.hpp"

namespace cookbook::testing {

using cookbook::TemporaryFolder;

}  // namespace cookbook::testing
