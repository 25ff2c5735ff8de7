// 11.3c, our client and our server, over networks that lose, double, delay and reorder datagrams.
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "11_03c_file_transfer_server.hpp"
#include "support/datagram_proxy.hpp"

using namespace cookbook;
using namespace cookbook::file_transfer;
using namespace cookbook::testing;

namespace {

const std::vector<DatagramPlan> transfer_plans = {
    {}, {.loss = 0.2}, {.doubled = 1}, {.reordered = 0.5, .hold = 15ms}, {.delay = 8ms},
};

/// Puts a file and gets it back, through the proxy.
asio::awaitable<void> there_and_back(const FileServer& server, const DatagramProxy& proxy,
                                     std::size_t size, std::uint64_t window) {
    const TemporaryFolder own;
    ClientSettings settings{.server = {"127.0.0.1", proxy.endpoint().port()}, .window = window};
    settings.block_size = 512;
    settings.timeout = 50ms;
    write_bytes(own.file("original"), test_bytes(size));
    const Waiting waiting("a file there and back, with a window of " + std::to_string(window));
    const std::string name = "window-" + std::to_string(window);
    co_await put(settings, own.file("original"), name);
    BOOST_TEST((read_bytes(server.file(name)) == test_bytes(size)), "put, but not as it was");
    co_await get(settings, name, own.file("copy"));
    BOOST_TEST((read_bytes(own.file("copy")) == test_bytes(size)), "got, but not as it was");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(file_transfer_fault)

ASYNC_TEST_CASE(survives_every_fault) {
    const auto executor = co_await this_coro::executor;
    for (const DatagramPlan& plan : transfer_plans) {
        BOOST_TEST_CONTEXT(to_string(plan)) {
            FileServer server(executor, {.writable = true});
            const DatagramProxy proxy(executor, server.endpoint(), plan);
            for (const std::uint64_t window : {1U, 16U}) {
                co_await there_and_back(server, proxy, 15'000, window);
            }
            BOOST_TEST(server.files() == 2U, "a part of a file is left");
            co_await server.end();
        }
    }
}

/// 250 kB over the worst network: 6 s for a window of 1 in a plain Python version, and then less.
asio::awaitable<void> over_the_worst_network(std::uint64_t window) {
    const auto executor = co_await this_coro::executor;
    FileServer server(executor, {.writable = true});
    const DatagramProxy proxy(
        executor, server.endpoint(),
        {.loss = 0.2, .doubled = 0.1, .reordered = 0.1, .hold = 10ms, .seed = window});
    const TemporaryFolder own;
    write_bytes(server.file("a"), test_bytes(250'000));
    ClientSettings settings{.server = {"127.0.0.1", proxy.endpoint().port()}, .window = window};
    const Waiting waiting("250 kB with a window of " + std::to_string(window));
    co_await get(settings, "a", own.file("copy"));
    BOOST_TEST((read_bytes(own.file("copy")) == test_bytes(250'000)), "got, but not as it was");
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(brings_a_quarter_of_a_megabyte_block_by_block) {
    run_async_case([] { return over_the_worst_network(1); });
}

BOOST_AUTO_TEST_CASE(brings_a_quarter_of_a_megabyte_with_a_window_of_4) {
    run_async_case([] { return over_the_worst_network(4); });
}

BOOST_AUTO_TEST_CASE(brings_a_quarter_of_a_megabyte_with_a_window_of_16) {
    run_async_case([] { return over_the_worst_network(16); });
}

BOOST_AUTO_TEST_CASE(brings_a_quarter_of_a_megabyte_with_a_window_of_64) {
    run_async_case([] { return over_the_worst_network(64); });
}

ASYNC_TEST_CASE(a_network_that_loses_everything_is_an_error) {
    const auto executor = co_await this_coro::executor;
    FileServer server(executor, {.writable = true});
    const DatagramProxy proxy(executor, server.endpoint(), {.loss = 1});
    const TemporaryFolder own;
    ClientSettings settings{.server = {"127.0.0.1", proxy.endpoint().port()}, .give_up = 200ms};
    BOOST_TEST(co_await what_it_throws(get(settings, "a", own.file("copy"))) ==
               "get a: no reply from " + to_string(settings.server));
    BOOST_TEST(count_files(own.file("")) == 0U);
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
