// How the helpers in this folder fail a case: one sentence, at the line of the test that asked.

#pragma once

#include <source_location>
#include <string>

namespace cookbook::testing {

/// Records `sentence` as a failure of the running Boost.Test case and goes on, as BOOST_ERROR does.
/// Pass `where` on from the caller, so that the line shown is the test's and not the helper's.
void fail(const std::string& sentence,
          std::source_location where = std::source_location::current());

/// Records that what a helper looked for did hold: a case in which nothing was asserted counts as
/// failed with those who grade it.
void hold();

}  // namespace cookbook::testing
