// Memory in huge pages, for tables that are looked up all over.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>
#include <vector>

namespace cookbook::cidr_manager {

/// Asks for pages of 2 MiB instead of 4 KiB, of which the processor remembers too few addresses for
/// tens of megabytes (its TLB): each look-up would wait for a page table as well. A kernel that has
/// none gives what it has.
template <typename T>
struct HugePageAllocator {
    using value_type = T;
    static constexpr std::size_t page_size = std::size_t{2} << 20;

    HugePageAllocator() = default;
    template <typename Other>
    explicit HugePageAllocator(const HugePageAllocator<Other>&) {}

    T* allocate(std::size_t count) {
        const std::size_t size = count * sizeof(T);
        if (size < page_size) {
            return std::allocator<T>().allocate(count);
        }
        void* const memory = ::operator new(size, std::align_val_t{page_size});
        ::madvise(memory, size, MADV_HUGEPAGE);
        return static_cast<T*>(memory);
    }
    void deallocate(T* memory, std::size_t count) {
        if (count * sizeof(T) < page_size) {
            std::allocator<T>().deallocate(memory, count);
        } else {
            ::operator delete(memory, std::align_val_t{page_size});
        }
    }

    friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) { return true; }
};

template <typename T>
using HugeVector = std::vector<T, HugePageAllocator<T>>;

}  // namespace cookbook::cidr_manager
