// tests/support/memory_stream.hpp: a connection in memory behaves as one over a network.
#include "support/memory_stream.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <utility>

#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"

using namespace cookbook;
using namespace cookbook::testing;

namespace {

asio::awaitable<void> write(Stream& stream, std::string text,
                            std::optional<Stream::Transferred>& outcome) {
    const asio::const_buffer buffer = asio::buffer(text);
    outcome = co_await stream.write({&buffer, 1});
}

asio::awaitable<void> read(Stream& stream, std::optional<error_code>& outcome) {
    char byte = 0;
    const auto [error, n] = co_await stream.read_some(asio::buffer(&byte, 1));
    outcome = error;
}

asio::awaitable<std::string> read_some(Stream& stream) {
    std::string text(100, '\0');
    const auto [error, n] = co_await stream.read_some(asio::buffer(text));
    co_return error ? error.message() : text.substr(0, n);
}

std::size_t write_now(Stream& stream, const std::string& text, error_code& error) {
    const asio::const_buffer buffer = asio::buffer(text);
    return stream.write_now({&buffer, 1}, error);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(support_memory_stream)

ASYNC_TEST_CASE(carries_bytes_as_planned) {
    auto [near, far] = memory_pair(co_await this_coro::executor,
                                   {.max_write_now = 4, .capacity = 6}, {.max_read = 3});
    error_code error;
    BOOST_TEST(write_now(*near, "abcdefgh", error) == 4U);
    BOOST_TEST(write_now(*near, "efgh", error) == 2U);
    BOOST_TEST(!error);
    BOOST_TEST(write_now(*near, "gh", error) == 0U);
    BOOST_TEST(error == asio::error::would_block);
    const std::string first = co_await read_some(*far);
    BOOST_TEST(first == "abc");
    BOOST_TEST(near->sent() == 6U);
    BOOST_TEST(near->sends() == 2U);
}

ASYNC_TEST_CASE(a_write_waits_for_room) {
    auto [near, far] = memory_pair(co_await this_coro::executor, {.capacity = 2});
    std::optional<Stream::Transferred> written;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(write(*near, "abcd", written));
    co_await settle();
    BOOST_TEST(!written.has_value());
    const std::string first = co_await read_some(*far);
    BOOST_TEST(first == "ab");
    co_await group.join();
    BOOST_TEST((written == Stream::Transferred(error_code(), 4)));
}

ASYNC_TEST_CASE(ends_and_cuts_are_an_end_of_file) {
    auto [near, far] = memory_pair(co_await this_coro::executor, {.cut_after = 2});
    error_code error;
    BOOST_TEST(write_now(*near, "abcd", error) == 4U);
    const std::string rest = co_await read_some(*far);
    BOOST_TEST(rest == "ab");
    co_await far->shut_down();
    for (Stream* stream : {far.get(), near.get()}) {
        std::optional<error_code> end;
        co_await read(*stream, end);
        BOOST_TEST((end == asio::error::eof));
    }
}

ASYNC_TEST_CASE(cancel_and_close_end_what_is_under_way) {
    auto [near, far] = memory_pair(co_await this_coro::executor, {.capacity = 2});
    TaskGroup group(co_await this_coro::executor);
    std::optional<error_code> read_end;
    std::optional<Stream::Transferred> written;
    group.spawn(read(*near, read_end));
    group.spawn(write(*near, "abcd", written));
    co_await settle();
    error_code error;
    near->cancel(error);
    co_await group.join();
    BOOST_TEST((read_end == asio::error::operation_aborted));
    BOOST_TEST((written == Stream::Transferred(asio::error::operation_aborted, 2)));
    group.spawn(read(*near, read_end));
    co_await settle();
    near->close(error);
    co_await group.join();
    BOOST_TEST((read_end == asio::error::operation_aborted));
    co_await read(*near, read_end);
    BOOST_TEST((read_end == asio::error::bad_descriptor));
}

BOOST_AUTO_TEST_SUITE_END()
