// Recipe 11.13, sending and receiving: everything arrives, from where it is to where it stays.
// 11_13_large_arrays_test_npy.cpp has the headers, …_zero_copy.cpp MSG_ZEROCOPY, …_server.cpp the
// server and …_client.cpp the client.
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "11_13_large_arrays/bulk.hpp"
#include "11_13_large_arrays/outgoing.hpp"
#include "11_13_large_arrays_pair.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::large_arrays;
using namespace cookbook::testing;
using boost::system::system_error;

constexpr auto limit = 60s;
constexpr std::size_t more_than_buffers_hold = 1'000'000;  // doubles

bool is_timeout(const system_error& failure) {
    return failure.code() == asio::error::timed_out;
}

asio::awaitable<void> send_head_and_body(StreamSocket& socket, std::string head,
                                         const std::vector<double>& body) {
    co_await send_bytes(socket, bytes_of(head), std::as_bytes(std::span(body)), limit);
}

/// Sends, and ends the stream.
asio::awaitable<void> send_and_end(StreamSocket& socket, const std::vector<double>& array) {
    co_await send_from(socket, std::span(array), limit);
    socket.shutdown(StreamSocket::shutdown_send);
}

/// Writes 'x' until the socket has no more room; returns how many.
std::size_t fill(StreamSocket& socket) {
    const std::string piece(1000, 'x');
    socket.non_blocking(true);
    std::size_t sent = 0;
    for (error_code full; !full;) {
        sent += socket.write_some(asio::buffer(piece), full);
    }
    return sent;
}

std::size_t total(std::span<const asio::const_buffer> pieces) {
    return asio::buffer_size(pieces);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(large_arrays)

// --- Step 1: send all of a span ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(what_was_not_taken_comes_next) {
    const std::string head = "head";
    const std::string body = "the body";
    for (std::size_t taken = 0; taken <= head.size() + body.size(); ++taken) {
        Outgoing outgoing(bytes_of(head), bytes_of(body));
        outgoing.advance(taken);
        std::string rest;
        for (const asio::const_buffer& piece : outgoing.next()) {
            rest.append(static_cast<const char*>(piece.data()), piece.size());
        }
        BOOST_TEST(
            rest == (head + body).substr(taken),
            "a call has taken " << taken << " bytes: the next one begins with the byte after");
        BOOST_TEST(outgoing.empty() == (taken == head.size() + body.size()));
    }
}

BOOST_AUTO_TEST_CASE(a_call_sends_at_most_a_mebibyte) {
    const std::vector<std::byte> array(max_send * 3);
    const std::string head(100, 'h');
    Outgoing outgoing(bytes_of(head), array);
    BOOST_TEST(total(outgoing.next()) == max_send, "header and first part together");
    outgoing.advance(max_send);
    BOOST_TEST(total(outgoing.next()) == max_send);
    outgoing.advance(max_send * 2);
    BOOST_TEST(total(outgoing.next()) == 100U, "the rest");
}

ASYNC_TEST_CASE(sends_more_than_all_buffers_hold) {
    const auto executor = co_await this_coro::executor;
    // A UNIX socket has little room: it takes less than a call would have sent.
    for (const bool over_tcp : {true, false}) {
        StreamPair pair = over_tcp ? StreamPair(executor) : unix_pair(executor);
        const std::vector<double> array = counting(more_than_buffers_hold);
        TaskGroup group(executor);
        group.spawn(send_and_end(pair.near, array));
        co_await settle();  // now all buffers are full
        const Received received = co_await receive_to_end(pair.far);
        co_await group.join();
        BOOST_TEST((received.data == text_of(array)),
                   received.data.size() << " of " << array.size() * 8
                                        << " bytes came, or others: one call sends what the socket "
                                           "has room for, the rest is for the next ones");
    }
}

ASYNC_TEST_CASE(a_full_socket_is_waited_for) {
    StreamPair pair = unix_pair(co_await this_coro::executor);
    const std::size_t before = fill(pair.near);
    const std::vector<double> array = counting(1000);
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_and_end(pair.near, array));
    co_await settle();
    const Received received = co_await receive_to_end(pair.far);
    co_await group.join();
    BOOST_TEST((received.data == std::string(before, 'x') + text_of(array)),
               "a socket without room (EAGAIN) has room later");
}

ASYNC_TEST_CASE(sends_all_though_the_socket_takes_a_few_bytes_at_a_time) {
    for (const std::size_t most : {1U, 7U, 64U, 65U}) {
        StreamPair pair(co_await this_coro::executor);
        const std::string head(64, 'h');
        const std::vector<double> array = counting(40);
        const ShortWrites writes(Where::descriptor(pair.near.native_handle()), most);
        co_await send_head_and_body(pair.near, head, array);
        co_await expect(pair.far, head + text_of(array),
                        "header and array come whole and in order, whatever a call has taken");
    }
}

ASYNC_TEST_CASE(an_interrupted_send_is_made_again) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(100);
    {
        const FailCalls fail(Call::sendmsg, EINTR, 3, Where::descriptor(pair.near.native_handle()));
        co_await send_from(pair.near, std::span(array), limit);
        BOOST_TEST(fail.struck() == 3, "the calls were interrupted");
    }
    co_await expect(pair.far, text_of(array), "a signal is no failure of the connection");
}

ASYNC_TEST_CASE(header_and_array_begin_in_one_call) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(8);
    const CountCalls calls(Where::descriptor(pair.near.native_handle()));
    co_await send_head_and_body(pair.near, "header", array);
    BOOST_TEST(calls[Call::sendmsg] + calls[Call::send] + calls[Call::write] + calls[Call::writev] +
                       calls[Call::sendto] ==
                   1U,
               "header and elements leave in one gathered write, and in one segment");
    co_await expect(pair.far, "header" + text_of(array), "and nothing is missing");
}

ASYNC_TEST_CASE(each_send_begins_where_the_last_one_ended) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(more_than_buffers_hold);
    const WatchTransfers watch(Where::descriptor(pair.near.native_handle()));
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_and_end(pair.near, array));
    co_await receive_to_end(pair.far);
    co_await group.join();
    const std::vector<Transfer> sent = watch.transfers();
    BOOST_TEST(sent.size() > 1U);
    BOOST_TEST(pass_over(sent, std::as_bytes(std::span(array))),
               "the bytes are sent from the memory of the array, each once: a copy would have "
               "another address");
    for (const Transfer& transfer : sent) {
        BOOST_TEST_REQUIRE(transfer.size <= max_send, "a call has sent more than 1 MiB");
    }
}

ASYNC_TEST_CASE(a_reader_that_takes_nothing_ends_the_transfer) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(more_than_buffers_hold);
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_and_end(pair.near, array));
    co_await settle();
    co_await advance(limit - 20s);
    BOOST_TEST(group.size() == 1U, "the limit has not passed yet");
    co_await advance(21s);
    co_await advance(limit + 1s);  // what was still on its way has counted as taken
    BOOST_TEST(group.size() == 0U, "a reader that takes nothing holds its sender for ever");
    BOOST_CHECK_EXCEPTION(co_await group.join(), system_error, is_timeout);
}

ASYNC_TEST_CASE(a_slow_reader_is_not_one_that_takes_nothing) {
    // Of a UNIX socket the kernel says exactly what was taken; TCP acknowledges it in larger steps.
    StreamPair pair = unix_pair(co_await this_coro::executor);
    const std::vector<double> array = counting(more_than_buffers_hold);
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_and_end(pair.near, array));
    for (int times = 0; times < 4; ++times) {
        co_await settle();
        co_await advance(limit - 20s);
        co_await receive(pair.far, 40'000);  // too little for the socket to become writable
        co_await advance(21s);
        BOOST_TEST_REQUIRE(group.size() == 1U,
                           "the reader has taken 40,000 bytes within the limit, slowly");
    }
    co_await settle();
    co_await advance(limit + 1s);
    BOOST_TEST(group.size() == 0U, "now it takes nothing any more");
    BOOST_CHECK_EXCEPTION(co_await group.join(), system_error, is_timeout);
}

ASYNC_TEST_CASE(a_reader_that_leaves_is_an_error_and_no_signal) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(more_than_buffers_hold);
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_and_end(pair.near, array));
    co_await settle();
    pair.far.close();
    BOOST_CHECK_EXCEPTION(co_await group.join(), system_error, [](const system_error& failure) {
        return failure.code() == asio::error::connection_reset ||
               failure.code() == asio::error::broken_pipe;
    });
}

ASYNC_TEST_CASE(others_have_their_turn_while_much_is_sent) {
    StreamPair pair = unix_pair(co_await this_coro::executor);
    const std::vector<double> array = counting(more_than_buffers_hold);
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_and_end(pair.near, array));
    co_await settle();  // now all buffers are full
    const Received received = co_await receive_to_end(pair.far);
    BOOST_TEST(received.data.size() == array.size() * sizeof(double),
               "the sender waits for its reader, and the event loop for neither");
    co_await group.join();
}

// --- Step 2: receive into a span, and know the end -----------------------------------------------

ASYNC_TEST_CASE(receives_an_array_in_any_pieces) {
    for (const std::size_t most : {1U, 3U, 1000U}) {
        StreamPair pair(co_await this_coro::executor);
        const std::vector<double> array = counting(300);
        std::vector<double> received(array.size());
        const ShortReads reads(Where::descriptor(pair.far.native_handle()), most);
        co_await send_from(pair.near, std::span(array), limit);
        co_await recv_into(pair.far, std::span(received), limit);
        BOOST_TEST((received == array),
                   "one call receives what has come so far, "
                       << most << " bytes of the array; the rest is for the next ones");
    }
}

ASYNC_TEST_CASE(takes_elements_of_any_trivially_copyable_type) {
    struct Point {
        float x;
        std::int32_t y;
        bool operator==(const Point&) const = default;
    };
    StreamPair pair(co_await this_coro::executor);
    const std::vector<Point> points = {{1.5F, -1}, {2.5F, 1 << 30}};
    std::vector<Point> received(points.size());
    co_await send_from(pair.near, std::span(points), limit);
    co_await recv_into(pair.far, std::span(received), limit);
    BOOST_TEST((received == points));
    std::array<std::uint8_t, 3> bytes{};
    const std::array<std::uint8_t, 3> three = {1, 2, 255};
    co_await send_from(pair.near, std::span(three), limit);
    co_await recv_into(pair.far, std::span(bytes), limit);
    BOOST_TEST((bytes == three));
}

ASYNC_TEST_CASE(an_end_before_the_last_byte_is_an_error) {
    for (const std::size_t sent : {0U, 1U, 40U, 79U}) {
        StreamPair pair(co_await this_coro::executor);
        co_await send_all(pair.near, std::string(sent, 'x'));
        pair.near.close();
        std::vector<double> array(10);
        const std::string expected = "cut short: " + std::to_string(sent) + " of 80 bytes";
        const Waiting waiting("recv_into() to notice the end of the stream");
        BOOST_CHECK_EXCEPTION(co_await recv_into(pair.far, std::span(array), limit), CutShort,
                              [&](const CutShort& failure) { return failure.what() == expected; });
    }
}

ASYNC_TEST_CASE(a_reset_before_the_last_byte_is_an_error) {
    StreamPair pair(co_await this_coro::executor);
    pair.near.set_option(asio::socket_base::linger(true, 0));
    pair.near.close();
    std::vector<double> array(10);
    BOOST_CHECK_THROW(co_await recv_into(pair.far, std::span(array), limit), CutShort);
}

ASYNC_TEST_CASE(receives_no_byte_more_than_the_array_has) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(10);
    std::vector<double> received(array.size());
    co_await send_all(pair.near, text_of(array) + "what follows");
    co_await recv_into(pair.far, std::span(received), limit);
    BOOST_TEST((received == array));
    co_await expect(pair.far, "what follows", "is the next one's to receive");
}

ASYNC_TEST_CASE(nothing_to_receive_is_received_at_once) {
    StreamPair pair(co_await this_coro::executor);
    co_await recv_into(pair.far, std::span<double>(), limit);
    co_await send_from(pair.near, std::span<double>(), limit);
    pair.near.close();
    co_await recv_into(pair.far, std::span<double>(), limit);
    co_await expect_eof(pair.far, "an array without elements needs no call");
}

ASYNC_TEST_CASE(an_interrupted_receive_is_made_again) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(10);
    std::vector<double> received(array.size());
    co_await send_from(pair.near, std::span(array), limit);
    const FailCalls fail(Call::recv, EINTR, 3, Where::descriptor(pair.far.native_handle()));
    co_await recv_into(pair.far, std::span(received), limit);
    BOOST_TEST((received == array));
    BOOST_TEST(fail.struck() == 3, "the calls were interrupted");
}

ASYNC_TEST_CASE(each_receive_goes_on_where_the_last_one_ended) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(more_than_buffers_hold);
    std::vector<double> received(array.size());
    const WatchTransfers watch(Where::descriptor(pair.far.native_handle()));
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_and_end(pair.near, array));
    co_await recv_into(pair.far, std::span(received), limit);
    co_await group.join();
    BOOST_TEST((received == array));
    BOOST_TEST(pass_over(watch.transfers(), std::as_bytes(std::span(received))),
               "the bytes are received where they stay, each once: a copy would have another "
               "address");
}

ASYNC_TEST_CASE(a_silent_sender_is_given_up) {
    StreamPair pair(co_await this_coro::executor);
    std::vector<double> array(10);
    TaskGroup group(pair.far.get_executor());
    group.spawn(recv_into(pair.far, std::span(array), limit));
    for (int times = 0; times < 3; ++times) {
        co_await send_all(pair.near, "x");
        co_await settle();
        co_await advance(limit - 20s);
        BOOST_TEST(group.size() == 1U, "each byte renews the limit: it is one on silence");
    }
    co_await advance(21s);
    BOOST_TEST(group.size() == 0U, "a silent sender is waited for for ever");
    BOOST_CHECK_EXCEPTION(co_await group.join(), system_error, is_timeout);
}

BOOST_AUTO_TEST_SUITE_END()
