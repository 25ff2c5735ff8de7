// Recipe 11.13, MSG_ZEROCOPY: what the kernel reports, and that nothing is given up before.
#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>
#include <vector>

#include "11_13_large_arrays/zero_copy.hpp"
#include "11_13_large_arrays_pair.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

#include <linux/errqueue.h>  // which lacks <ctime>

namespace {

using namespace cookbook;
using namespace cookbook::large_arrays;
using namespace cookbook::testing;
using boost::system::system_error;

constexpr auto zero_copy_limit = 60s;
constexpr std::size_t many_doubles = 2'000'000;

sock_extended_err report(std::uint32_t first, std::uint32_t last, int code = 0) {
    sock_extended_err message{};
    message.ee_origin = SO_EE_ORIGIN_ZEROCOPY;
    message.ee_code = static_cast<std::uint8_t>(code);
    message.ee_info = first;
    message.ee_data = last;
    return message;
}

Completions with_sends(int count) {
    Completions completions;
    while (count-- > 0) {
        completions.sent();
    }
    return completions;
}

asio::awaitable<void> send_to_the_end(ZeroCopySender& sender, StreamSocket& socket,
                                      std::string head, const std::vector<double>& array) {
    co_await sender.send(bytes_of(head), std::as_bytes(std::span(array)));
    co_await sender.finish();
    socket.shutdown(StreamSocket::shutdown_send);
}

/// sendmsg() fails so many times, after so many calls that do not.
struct Failure {
    int error;
    int times = 1;
    int after = 0;
};

/// Sends so many doubles, however sendmsg() fails: all arrive, and the kernel is done with them.
asio::awaitable<void> expect_all_despite(std::size_t count, Failure failure, std::string rule) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(count);
    ZeroCopySender sender(pair.near, zero_copy_limit);
    const FailCalls fail(Call::sendmsg, failure.error, failure.times,
                         Where::descriptor(pair.near.native_handle()), failure.after);
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_to_the_end(sender, pair.near, "", array));
    const Received received = co_await receive_to_end(pair.far);
    co_await group.join();
    BOOST_TEST(fail.struck() == failure.times);
    BOOST_TEST((received.data == text_of(array)), rule);
    BOOST_TEST(sender.completions().pending() == 0U);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(large_arrays)

// --- Step 5: completions -------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_report_is_a_range_of_sends) {
    Completions completions = with_sends(10);
    completions.add(report(0, 0));
    BOOST_TEST(completions.pending() == 9U, "0 to 0 is one send");
    completions.add(report(1, 4));
    BOOST_TEST(completions.pending() == 5U, "1 to 4 are four: a range has both its ends");
    completions.add(report(7, 9));
    BOOST_TEST(completions.pending() == 2U, "reports come in any order");
    completions.add(report(5, 6));
    BOOST_TEST(completions.pending() == 0U);
    BOOST_TEST(completions.copied() == 0U);
    BOOST_TEST(completions.total() == 10U);
}

BOOST_AUTO_TEST_CASE(numbers_of_sends_wrap) {
    Completions completions = with_sends(4);
    completions.add(report(0xfffffffeU, 1));
    BOOST_TEST(completions.pending() == 0U,
               "2^32 - 2 to 1 are four sends: the number of a send has 32 bits, and wraps");
}

BOOST_AUTO_TEST_CASE(counts_what_was_copied_after_all) {
    Completions completions = with_sends(5);
    completions.add(report(0, 1, SO_EE_CODE_ZEROCOPY_COPIED));
    completions.add(report(2, 4));
    BOOST_TEST(completions.pending() == 0U);
    BOOST_TEST(completions.copied() == 2U, "two of five sends were copied");
}

BOOST_AUTO_TEST_CASE(other_messages_are_no_completions) {
    Completions completions = with_sends(3);
    sock_extended_err other = report(0, 2);
    other.ee_origin = SO_EE_ORIGIN_ICMP;
    completions.add(other);
    other = report(0, 2);
    other.ee_errno = EMSGSIZE;
    completions.add(other);
    completions.add({});
    BOOST_TEST(completions.pending() == 3U,
               "an error queue has other messages as well, of ICMP errors say");
}

ASYNC_TEST_CASE(sends_all_and_waits_until_the_kernel_is_done) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(many_doubles);
    ZeroCopySender sender(pair.near, zero_copy_limit);
    const WatchTransfers watch(Where::descriptor(pair.near.native_handle()));
    TaskGroup group(pair.near.get_executor());
    group.spawn(send_to_the_end(sender, pair.near, "header", array));
    const Received received = co_await receive_to_end(pair.far);
    co_await group.join();
    BOOST_TEST((received.data == "header" + text_of(array)), "everything has come, in order");
    const Completions& completions = sender.completions();
    BOOST_TEST(completions.total() > 1U);
    BOOST_TEST(completions.pending() == 0U, "the kernel still refers to memory that we give up");
    BOOST_TEST(completions.copied() == completions.total(), "over loopback everything is copied");
    const std::vector<Transfer> sent = watch.transfers();
    BOOST_TEST(sent.front().size == 6U, "the header");
    BOOST_TEST(pass_over(std::span(sent).subspan(1), std::as_bytes(std::span(array))),
               "each send begins where the last one ended");
}

ASYNC_TEST_CASE(without_room_for_reports_it_waits_for_some) {
    co_await expect_all_despite(
        many_doubles, {.error = ENOBUFS, .times = 2, .after = 1},
        "ENOBUFS says that reports must be read first: nothing is lost, nothing comes twice");
}

ASYNC_TEST_CASE(what_may_not_be_pinned_is_copied) {
    co_await expect_all_despite(
        10'000, {.error = ENOBUFS},
        "ENOBUFS with no report to come (RLIMIT_MEMLOCK): waiting for one would be for ever");
}

ASYNC_TEST_CASE(an_interrupted_send_has_no_number) {
    co_await expect_all_despite(10'000, {.error = EINTR}, "what was interrupted is sent again");
}

ASYNC_TEST_CASE(memory_given_up_early_is_never_sent) {
    StreamPair pair(co_await this_coro::executor);
    const std::vector<double> array = counting(many_doubles);
    {
        ZeroCopySender sender(pair.near, zero_copy_limit);
        TaskGroup group(pair.near.get_executor());
        group.spawn(send_to_the_end(sender, pair.near, "", array));
        co_await settle();
        co_await advance(zero_copy_limit + 1s);
        co_await advance(zero_copy_limit + 1s);  // what was still on its way has counted as taken
        BOOST_CHECK_EXCEPTION(co_await group.join(), system_error, [](const system_error& failure) {
            return failure.code() == asio::error::timed_out;
        });
    }
    const Received received = co_await receive_to_end(pair.far);
    BOOST_TEST((received.error == asio::error::connection_reset ||
                received.data.size() < array.size() * sizeof(double)));
}

ASYNC_TEST_CASE(a_unix_socket_knows_no_zero_copy) {
    StreamPair pair = unix_pair(co_await this_coro::executor);
    BOOST_CHECK_THROW(ZeroCopySender(pair.near, zero_copy_limit), system_error);
}

BOOST_AUTO_TEST_SUITE_END()
