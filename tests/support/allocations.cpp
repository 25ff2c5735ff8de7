#include "support/allocations.hpp"

#include <cerrno>
#include <cstddef>

#include "support/sanitizer.hpp"

namespace {

constinit thread_local std::uint64_t allocations = 0;

}  // namespace

namespace cookbook::testing {

CountAllocations::CountAllocations() noexcept : before_(allocations) {}

std::uint64_t CountAllocations::count() const noexcept {
    return allocations - before_;
}

}  // namespace cookbook::testing

#if COOKBOOK_SANITIZER

// sanitizer/allocator_interface.h; called by the sanitizer's allocator for each allocation.
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void*,
                                                                  std::size_t),
                                                         void (*)(const volatile void*));

namespace {

__attribute__((no_sanitize("address", "thread"))) void count(const volatile void*, std::size_t) {
    ++allocations;
}

[[maybe_unused]] const int installed =
    __sanitizer_install_malloc_and_free_hooks(count, [](const volatile void*) {});

}  // namespace

#else

// glibc lets a program bring its own malloc (its manual, "Replacing malloc"). These count and hand
// on to glibc's own, so that its free() takes back what they return.
extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) noexcept {
    ++allocations;
    return __libc_malloc(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
    ++allocations;
    return __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t size) noexcept {
    ++allocations;
    return __libc_realloc(old, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    ++allocations;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
    ++allocations;
    void* const memory = __libc_memalign(alignment, size);
    if (memory == nullptr) {
        return ENOMEM;
    }
    *result = memory;
    return 0;
}

}  // extern "C"

#endif
