// Every way to allocate is counted, and only on the thread that asks.

#include "support/allocations.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "support/async_case.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;

// Out of the optimiser's sight.
void* volatile sink = nullptr;

struct alignas(128) Wide {
    char data[128];
};

}  // namespace

BOOST_AUTO_TEST_SUITE(support_allocations)

BOOST_AUTO_TEST_CASE(counts_every_way_to_allocate) {
    const CountAllocations allocations;
    sink = std::malloc(10);
    std::free(sink);
    sink = std::calloc(2, 10);
    sink = std::realloc(sink, 1000);
    std::free(sink);
    sink = std::aligned_alloc(64, 64);
    std::free(sink);
    BOOST_TEST(allocations.count() >= 3U);  // ThreadSanitizer does not tell of realloc
    const auto plain = std::make_unique<int>(1);
    sink = plain.get();
    const auto wide = std::make_unique<Wide>();
    sink = wide.get();
    BOOST_TEST(allocations.count() >= 5U);
}

BOOST_AUTO_TEST_CASE(counts_what_shared_libraries_allocate) {
    std::string text(100, 'x');
    const CountAllocations allocations;
    text.reserve(10'000);  // libstdc++.so holds this code
    BOOST_TEST(allocations.count() == 1U);
}

BOOST_AUTO_TEST_CASE(counts_one_thread) {
    std::thread other;
    const CountAllocations allocations;
    other = std::thread([] {
        for (int turn = 0; turn != 100; ++turn) {
            sink = std::malloc(10);
            std::free(sink);
        }
    });
    other.join();
    BOOST_TEST(allocations.count() < 100U);
}

ASYNC_TEST_CASE(sees_that_a_warm_connection_allocates_nothing) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    std::array<char, 5> buffer{};
    std::uint64_t allocated = 0;
    for (int message = 0; message != 20; ++message) {
        const CountAllocations allocations;
        co_await asio::async_write(near, asio::buffer("hello", 5), use_awaitable);
        co_await asio::async_read(far, asio::buffer(buffer), use_awaitable);
        allocated = allocations.count();
    }
    BOOST_TEST(allocated == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
