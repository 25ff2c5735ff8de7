// Counts calls of memcpy(3) whose source and destination overlap.
#pragma once

#include <cstddef>

namespace cookbook::testing {

/// Counts them, on all threads, since the object was made. With a sanitizer it counts none:
/// AddressSanitizer itself ends the program at the first.
class CountOverlappingCopies {
public:
    CountOverlappingCopies() noexcept;

    [[nodiscard]] std::size_t count() const noexcept;

private:
    std::size_t before_;
};

}  // namespace cookbook::testing
