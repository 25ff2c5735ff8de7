// Counts memory allocations, so that a test can say "no allocation a message".

#pragma once

#include <cstdint>

namespace cookbook::testing {

/// Counts what the calling thread has allocated since the object was made: every malloc, calloc,
/// realloc, aligned_alloc and operator new of the whole process, shared libraries too. Asio keeps
/// the memory of finished operations for the next ones, so let a few messages pass before counting.
/// With a sanitizer its hook counts (ThreadSanitizer's leaves realloc out); without, a malloc of
/// our own before glibc's.
class CountAllocations {
public:
    CountAllocations() noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept;

private:
    std::uint64_t before_;
};

}  // namespace cookbook::testing
