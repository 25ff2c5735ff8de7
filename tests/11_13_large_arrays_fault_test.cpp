// Recipe 11.13 on networks that are slow, stall, reset, half-close and cut.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <fstream>
#include <string>
#include <utility>

#include "11_13_large_arrays/client.hpp"
#include "11_13_large_arrays/npy.hpp"
#include "11_13_large_arrays_pair.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/generic.hpp"
#include "support/async_case.hpp"
#include "support/fault_table.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::large_arrays;
using namespace cookbook::testing;

constexpr std::size_t few = 100;
constexpr Limits limits = {.idle_timeout = 20s, .drain_timeout = 1s};
constexpr std::chrono::milliseconds slow_but_harmless = 20s;

std::size_t reply_size(bool raw) {
    return few * sizeof(double) + (raw ? 0 : write_header({.shape = {few}}).size());
}

asio::awaitable<bool> receive_numbers(tcp::endpoint server, std::chrono::milliseconds limit,
                                      Acceptance acceptance) {
    StreamSocket socket = co_await connect(Address(HostPort{.port = server.port()}));
    acceptance.timeout = limit;
    const Array array = co_await receive_array(socket, acceptance);
    const std::string expected = text_of(counting(few));
    co_return std::ranges::equal(array.elements.bytes(), bytes_of(expected));
}

asio::awaitable<bool> receive_npy(tcp::endpoint server, std::chrono::milliseconds limit) {
    return receive_numbers(server, limit, {});
}
asio::awaitable<bool> receive_raw(tcp::endpoint server, std::chrono::milliseconds limit) {
    return receive_numbers(server, limit, {.raw_count = few});
}

asio::awaitable<void> survive(Offer offer) {
    const bool raw = offer.raw;
    ArrayServer server(co_await this_coro::executor, std::move(offer), limits);
    co_await survive_faults(server.endpoint(),
                            {.reply_size = reply_size(raw), .limit = slow_but_harmless},
                            raw ? receive_raw : receive_npy);
    co_await server.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(large_arrays_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    co_await survive({.source = Numbers(few)});
}

ASYNC_TEST_CASE(survives_every_fault_without_a_header) {
    co_await survive({.source = Numbers(few), .raw = true});
}

ASYNC_TEST_CASE(survives_every_fault_without_the_kernels_copy) {
    co_await survive({.source = Numbers(few), .zero_copy = true});
}

ASYNC_TEST_CASE(survives_every_fault_from_a_file) {
    const TemporaryFolder folder;
    const std::string file = folder.file("numbers.npy");
    std::ofstream(file, std::ios::binary)
        << write_header({.shape = {few}}) << text_of(counting(few));
    co_await survive({.source = NpyFile(file)});
}

ASYNC_TEST_CASE(byte_by_byte_both_ways) {
    for (const bool zero_copy : {false, true}) {
        ArrayServer server(co_await this_coro::executor,
                           {.source = Numbers(few), .zero_copy = zero_copy}, limits);
        {
            const ShortReads reads;
            const ShortWrites writes(Where::local_port(server.endpoint().port()));
            const bool right = co_await receive_npy(server.endpoint(), slow_but_harmless);
            BOOST_TEST(right, "what comes and goes in single bytes was damaged");
        }
        co_await server.end();
    }
}

ASYNC_TEST_CASE(goes_on_when_descriptors_run_out) {
    ArrayServer server(co_await this_coro::executor, {.source = Numbers(few)}, limits);
    {
        tcp::socket waiting = co_await connect_without_descriptors(server.endpoint());
        const Received received = co_await receive_up_to(waiting, reply_size(false));
        BOOST_TEST(received.data.size() == reply_size(false),
                   "the connection that waited is served");
    }
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
