#include <atomic>
#include <cstdint>
#include <cstdlib>

#include "11_02_tcp_server_copies.hpp"
#include "support/sanitizer.hpp"

namespace cookbook::testing {
namespace {

std::atomic<std::size_t> overlapping_copies = 0;

}  // namespace

CountOverlappingCopies::CountOverlappingCopies() noexcept : before_(overlapping_copies) {}

std::size_t CountOverlappingCopies::count() const noexcept {
    return overlapping_copies - before_;
}

#if !COOKBOOK_SANITIZER

// By names of our own: with _FORTIFY_SOURCE, <cstring> has inline functions under those of C.
void* move(void* to, const void* from, std::size_t size) noexcept asm("memmove");
void* copy(void* to, const void* from, std::size_t size) noexcept asm("memcpy");
void* copy_checked(void* to, const void* from, std::size_t size, std::size_t room) noexcept
    asm("__memcpy_chk");

/// Takes the place of glibc's in the whole program.
void* copy(void* to, const void* from, std::size_t size) noexcept {
    const auto destination = reinterpret_cast<std::uintptr_t>(to);
    const auto source = reinterpret_cast<std::uintptr_t>(from);
    if (destination != source && destination < source + size && source < destination + size) {
        overlapping_copies.fetch_add(1, std::memory_order_relaxed);
    }
    return move(to, from, size);
}

/// With _FORTIFY_SOURCE, what is called if the room at the destination is known.
void* copy_checked(void* to, const void* from, std::size_t size, std::size_t room) noexcept {
    if (size > room) {
        std::abort();
    }
    return copy(to, from, size);
}

#endif

}  // namespace cookbook::testing
