// Injected faults reach Asio's calls and plain ones, and only those that are meant.

#include "support/system_calls.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::testing;

// A connected pair of plain descriptors.
struct PlainPair {
    PlainPair() { BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == 0); }
    ~PlainPair() {
        for (const int end : ends) {
            ::close(end);
        }
    }
    PlainPair(const PlainPair&) = delete;
    PlainPair& operator=(const PlainPair&) = delete;

    std::array<int, 2> ends{};
};

ssize_t send_text(int descriptor, const std::string& text) {
    return ::send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(support_system_calls)

BOOST_AUTO_TEST_CASE(fails_a_plain_call_as_often_as_told) {
    const PlainPair pair;
    BOOST_TEST(send_text(pair.ends[0], "hello") == 5);
    std::array<char, 16> buffer{};
    FailCalls fail(Call::recv, EINTR, 2);
    for (int turn = 0; turn != 2; ++turn) {
        BOOST_TEST(::recv(pair.ends[1], buffer.data(), buffer.size(), 0) == -1);
        BOOST_TEST(errno == EINTR);
    }
    BOOST_TEST(::recv(pair.ends[1], buffer.data(), buffer.size(), 0) == 5);
    BOOST_TEST(fail.struck() == 2);
}

BOOST_AUTO_TEST_CASE(lets_the_first_calls_through) {
    const PlainPair pair;
    const FailCalls fail(Call::send, ECONNRESET, FailCalls::always, Where::everywhere(), 1);
    BOOST_TEST(send_text(pair.ends[0], "a") == 1);
    BOOST_TEST(send_text(pair.ends[0], "b") == -1);
    BOOST_TEST(errno == ECONNRESET);
    BOOST_TEST(send_text(pair.ends[0], "c") == -1);
}

BOOST_AUTO_TEST_CASE(a_fault_ends_with_its_object) {
    const PlainPair pair;
    {
        const FailCalls fail(Call::send, EPIPE);
    }
    BOOST_TEST(send_text(pair.ends[0], "a") == 1);
}

BOOST_AUTO_TEST_CASE(moves_one_byte_at_a_time) {
    const PlainPair pair;
    std::array<char, 16> buffer{};
    {
        const ShortWrites short_writes;
        BOOST_TEST(send_text(pair.ends[0], "hello") == 1);
        BOOST_TEST(::write(pair.ends[0], "hello", 5) == 1);
    }
    BOOST_TEST(send_text(pair.ends[0], "hello") == 5);
    const ShortReads short_reads(Where::everywhere(), 3);
    BOOST_TEST(::recv(pair.ends[1], buffer.data(), buffer.size(), 0) == 3);
    BOOST_TEST(::read(pair.ends[1], buffer.data(), buffer.size()) == 3);
}

BOOST_AUTO_TEST_CASE(a_pipe_is_disturbed_only_where_it_is_named) {
    std::array<int, 2> pipe{};
    BOOST_TEST_REQUIRE(::pipe(pipe.data()) == 0);
    std::array<char, 16> buffer{};
    {
        const ShortWrites sockets_only;
        const FailCalls fail(Call::read, EINTR);
        BOOST_TEST(::write(pipe[1], "hello", 5) == 5);
        BOOST_TEST(::read(pipe[0], buffer.data(), buffer.size()) == 5);
    }
    const ShortWrites named(Where::descriptor(pipe[1]));
    BOOST_TEST(::write(pipe[1], "hello", 5) == 1);
    for (const int end : pipe) {
        ::close(end);
    }
}

ASYNC_TEST_CASE(asio_accepts_after_running_out_of_descriptors) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const tcp::socket client = co_await connect_to(acceptor.local_endpoint());
    const FailCalls fail(Call::accept, EMFILE, 1);
    const auto [first_error, none] = co_await acceptor.async_accept(use_nothrow);
    BOOST_TEST(first_error == asio::error::no_descriptors);
    const auto [second_error, socket] = co_await acceptor.async_accept(use_nothrow);
    BOOST_TEST(!second_error);
    BOOST_TEST(fail.struck() == 1);
}

ASYNC_TEST_CASE(asio_takes_an_interrupted_call_again) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const FailCalls fail_read(Call::recv, EINTR, 3);
    const FailCalls fail_write(Call::send, EINTR, 3);
    const FailCalls fail_wait(Call::epoll_wait, EINTR, 3);
    co_await send_all(near, "hello");
    co_await expect(far, "hello", "EINTR is not an error");
    co_await settle();
    BOOST_TEST(fail_read.struck() == 3);
    BOOST_TEST(fail_write.struck() == 3);
    BOOST_TEST(fail_wait.struck() == 3);
}

ASYNC_TEST_CASE(asio_waits_after_would_block_and_is_woken) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const FailCalls fail_read(Call::recv, EAGAIN, 2);
    const FailCalls fail_write(Call::send, EAGAIN, 2);
    co_await send_all(near, "hello");
    co_await expect(far, "hello", "the socket became ready again");
    BOOST_TEST(fail_read.struck() == 2);
    BOOST_TEST(fail_write.struck() == 2);
}

ASYNC_TEST_CASE(asio_carries_a_kilobyte_byte_by_byte) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const std::string text(1024, 'x');
    const ShortReads short_reads;
    const ShortWrites short_writes;
    const CountCalls calls;
    co_await send_all(near, text);
    co_await expect(far, text, "short reads and writes lose nothing");
    BOOST_TEST(calls[Call::send] >= 1024U);
    BOOST_TEST(calls[Call::recv] >= 1024U);
}

ASYNC_TEST_CASE(asio_reads_into_several_buffers_byte_by_byte) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const ShortReads short_reads;
    const ShortWrites short_writes;
    const CountCalls calls;
    const std::string text = "hello";
    const std::array<asio::const_buffer, 3> out = {asio::buffer(text), asio::const_buffer(),
                                                   asio::buffer(text)};
    co_await asio::async_write(near, out, use_awaitable);
    std::string first(4, '\0');
    std::string second(6, '\0');
    const std::array<asio::mutable_buffer, 2> in = {asio::buffer(first), asio::buffer(second)};
    co_await asio::async_read(far, in, use_awaitable);
    BOOST_TEST(first + second == "hellohello");
    BOOST_TEST(calls[Call::sendmsg] >= 2U);
    BOOST_TEST(calls[Call::recvmsg] >= 2U);
}

ASYNC_TEST_CASE(asio_sees_a_reset_that_nobody_sent) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    co_await send_all(near, "hello");
    const FailCalls fail(Call::recv, ECONNRESET, 1);
    const Received received = co_await receive_up_to(far, 5);
    BOOST_TEST(received.error == asio::error::connection_reset);
}

ASYNC_TEST_CASE(a_fault_meets_only_the_port_it_is_meant_for) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const FailCalls fail(Call::recv, ECONNRESET, FailCalls::always,
                         Where::local_port(far.local_endpoint().port()));
    co_await send_all(near, "hello");
    co_await send_all(far, "hello");
    co_await expect(near, "hello", "the other end is not disturbed");
    const Received received = co_await receive_up_to(far, 5);
    BOOST_TEST(received.error == asio::error::connection_reset);
}

ASYNC_TEST_CASE(counts_the_calls_of_one_thread) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const CountCalls ours(Where::this_thread());
    const CountCalls all;
    std::thread([descriptor = near.native_handle()] { send_text(descriptor, "hello"); }).join();
    co_await expect(far, "hello", "the other thread has sent it");
    BOOST_TEST(ours[Call::send] == 0U);
    BOOST_TEST(all[Call::send] == 1U);
    BOOST_TEST(ours.total() >= 1U);
}

ASYNC_TEST_CASE(a_spinning_accept_loop_is_seen_in_the_count) {
    tcp::acceptor acceptor = listen_v4(co_await this_coro::executor);
    const tcp::socket client = co_await connect_to(acceptor.local_endpoint());
    const FailCalls fail(Call::accept, EMFILE);
    const CountCalls calls;
    for (int turn = 0; turn != 50; ++turn) {
        const auto [error, socket] = co_await acceptor.async_accept(use_nothrow);
        BOOST_TEST(error == asio::error::no_descriptors);
    }
    BOOST_TEST(calls[Call::accept] == 50U);
}

ASYNC_TEST_CASE(keeps_which_memory_the_calls_have_moved) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const std::string text = "hello";
    const std::array<asio::const_buffer, 3> out = {asio::buffer(text, 2), asio::const_buffer(),
                                                   asio::buffer(text) + 2};
    std::string received(5, '\0');
    const WatchTransfers sent(Where::descriptor(near.native_handle()));
    const WatchTransfers all;
    {
        const ShortReads reads(Where::descriptor(far.native_handle()), 4);
        co_await asio::async_write(near, out, use_awaitable);
        co_await asio::async_read(far, asio::buffer(received), use_awaitable);
    }
    const std::vector<Transfer> transfers = sent.transfers();
    BOOST_TEST_REQUIRE(transfers.size() == 2U);
    BOOST_TEST((transfers[0].call == Call::sendmsg));
    BOOST_TEST(static_cast<const void*>(transfers[0].data) == text.data());
    BOOST_TEST(transfers[0].size == 2U);
    BOOST_TEST(transfers[0].end() == transfers[1].data);
    BOOST_TEST(transfers[1].size == 3U);
    BOOST_TEST_REQUIRE(all.transfers().size() == 4U,
                       "two pieces sent, four bytes and one received");
    BOOST_TEST((all.transfers()[2].call == Call::recv));
    BOOST_TEST(static_cast<const void*>(all.transfers()[2].data) == received.data());
    BOOST_TEST(all.transfers()[2].size == 4U);
    BOOST_TEST(all.transfers()[3].size == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
