#include "pages.hpp"

#include <malloc.h>

#include <cstdlib>
#include <pugixml.hpp>
#include <vector>

namespace cookbook::xml_rpc {
namespace {

constexpr std::size_t page_size = 32 << 10;  // pugixml's own, without its header
constexpr std::size_t max_kept = 128;

/// Pages of this thread that are in nobody's use.
class KeptPages {
public:
    KeptPages() { pages_.reserve(max_kept); }
    KeptPages(const KeptPages&) = delete;
    KeptPages& operator=(const KeptPages&) = delete;
    ~KeptPages() {
        for (void* const page : pages_) {
            std::free(page);
        }
    }

    void* take(std::size_t size) {
        if (pages_.empty() || ::malloc_usable_size(pages_.back()) < size) {
            return std::malloc(size);
        }
        void* const page = pages_.back();
        pages_.pop_back();
        return page;
    }
    void give_back(void* page) {
        const std::size_t size = page != nullptr ? ::malloc_usable_size(page) : 0;
        if (size >= page_size && size < 2 * page_size && pages_.size() < max_kept) {
            pages_.push_back(page);
        } else {
            std::free(page);
        }
    }

private:
    std::vector<void*> pages_;
};

thread_local KeptPages kept;

}  // namespace

void keep_pages() {
    static const bool done = [] {
        pugi::set_memory_management_functions([](std::size_t size) { return kept.take(size); },
                                              [](void* page) { kept.give_back(page); });
        return true;
    }();
    static_cast<void>(done);
}

}  // namespace cookbook::xml_rpc
