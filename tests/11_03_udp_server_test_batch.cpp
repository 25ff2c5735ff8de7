// 11.3, how datagrams come and go: what a receive tells beside the bytes, and what a send does when
// one datagram cannot be sent.
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <vector>

#include "11_03_udp_server/batch.hpp"
#include "11_03_udp_server/drop_log.hpp"
#include "11_03_udp_server_datagrams.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::udp_server;
using namespace cookbook::testing;

namespace {

struct BatchEnds {
    explicit BatchEnds(const asio::any_io_executor& executor, const HostPort& address = {},
                       std::optional<int> receive_buffer = {})
        : socket(open_socket(executor, address, receive_buffer)),
          peer(open_peer(executor)),
          port(socket.local_endpoint().port()) {
        socket.non_blocking(true);
    }

    void send(const std::string& data, const std::string& host = "127.0.0.1") {
        peer.send_to(asio::buffer(data), endpoint(host, port));
    }
    [[nodiscard]] Route route_back() const { return {.peer = peer.local_endpoint()}; }

    udp::socket socket;
    udp::socket peer;
    std::uint16_t port;
};

std::vector<std::string> texts(std::span<const Datagram> datagrams) {
    std::vector<std::string> result;
    for (const Datagram& datagram : datagrams) {
        result.emplace_back(datagram.data);
    }
    return result;
}

/// What lies in the peer's receive buffer.
std::vector<std::string> received_by(udp::socket& peer) {
    std::vector<std::string> result;
    while (has_arrived(peer)) {
        std::string data(65'536, '\0');
        data.resize(peer.receive(asio::buffer(data)));
        result.push_back(data);
    }
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(udp_server)

// --- Receiving ---

BOOST_AUTO_TEST_CASE(a_batch_receives_what_has_come_and_no_more_than_it_may) {
    asio::io_context context;
    BatchEnds ends(context.get_executor());
    ReceiveBatch batch(4, 100);
    BOOST_TEST(batch.receive(ends.socket).empty());
    for (const char* text : {"one", "", "three", "four", "five", "six"}) {
        ends.send(text);
    }
    BOOST_TEST(texts(batch.receive(ends.socket, 3)) ==
               (std::vector<std::string>{"one", "", "three"}));
    const auto rest = batch.receive(ends.socket);
    BOOST_TEST(texts(rest) == (std::vector<std::string>{"four", "five", "six"}));
    BOOST_TEST(rest[0].route.peer == ends.peer.local_endpoint());
    BOOST_TEST(batch.receive(ends.socket).empty());
}

BOOST_AUTO_TEST_CASE(a_batch_notices_a_cut) {
    asio::io_context context;
    BatchEnds ends(context.get_executor());
    ReceiveBatch batch(4, 10);
    for (const char* text : {"0123456789abcdef", "short", "0123456789", "0123456789a"}) {
        ends.send(text);
    }
    const auto datagrams = batch.receive(ends.socket);
    BOOST_TEST_REQUIRE(datagrams.size() == 4U);
    BOOST_TEST(datagrams[0].cut,
               "16 bytes into a buffer of 10: the kernel has cut the datagram, calls that success, "
               "and says so in msg_flags only");
    BOOST_TEST(datagrams[0].data == "0123456789");
    BOOST_TEST(!datagrams[1].cut);
    BOOST_TEST(!datagrams[2].cut, "a datagram that just fits is whole");
    BOOST_TEST(datagrams[3].cut, "one byte too many is a cut");
}

BOOST_AUTO_TEST_CASE(a_batch_forgets_the_cuts_of_the_one_before) {
    asio::io_context context;
    BatchEnds ends(context.get_executor());
    ReceiveBatch batch(2, 4);
    ends.send("too long");
    ends.send("too long");
    batch.receive(ends.socket);
    ends.send("fits");
    const auto datagrams = batch.receive(ends.socket);
    BOOST_TEST_REQUIRE(datagrams.size() == 1U);
    BOOST_TEST(!datagrams[0].cut);
    BOOST_TEST(datagrams[0].data == "fits");
}

BOOST_AUTO_TEST_CASE(a_batch_says_which_address_was_asked) {
    struct Row {
        std::string bound;
        std::string asked;
        std::string local;
    };
    for (const Row& row :
         {Row{"127.0.0.1", "127.0.0.1", "127.0.0.1"}, Row{"0.0.0.0", "127.0.0.5", "127.0.0.5"},
          Row{"::", "127.0.0.5", "127.0.0.5"}, Row{"0.0.0.0", "127.255.255.255", "127.0.0.1"},
          Row{"::", "127.255.255.255", "127.0.0.1"}}) {
        asio::io_context context;
        BatchEnds ends(context.get_executor(), {row.bound, 0});
        ends.peer.set_option(udp::socket::broadcast(true));
        ends.send("hello", row.asked);
        ReceiveBatch batch(1, 100);
        const auto datagrams = batch.receive(ends.socket);
        BOOST_TEST_REQUIRE(datagrams.size() == 1U);
        std::string local = datagrams[0].route.local.to_string();
        if (local.starts_with("::ffff:")) {  // as good
            local.erase(0, 7);
        }
        BOOST_TEST(local == row.local, "bound to " << row.bound << ", asked at " << row.asked
                                                   << ", a reply must come from " << row.local
                                                   << ", not from " << local);
    }
}

BOOST_AUTO_TEST_CASE(a_batch_tells_a_broadcast_from_what_is_for_one) {
    for (const std::string bound : {"0.0.0.0", "::"}) {
        asio::io_context context;
        BatchEnds ends(context.get_executor(), {bound, 0});
        ends.peer.set_option(udp::socket::broadcast(true));
        ends.send("to one", "127.0.0.5");
        ends.send("to all", "127.255.255.255");
        ReceiveBatch batch(2, 100);
        const auto datagrams = batch.receive(ends.socket);
        BOOST_TEST_REQUIRE(datagrams.size() == 2U);
        BOOST_TEST(datagrams[0].unicast);
        BOOST_TEST(!datagrams[1].unicast, "bound to " << bound);
    }
}

BOOST_AUTO_TEST_CASE(a_batch_keeps_the_routes_apart) {
    asio::io_context context;
    BatchEnds ends(context.get_executor(), {"0.0.0.0", 0});
    const std::vector<std::string> asked = {"127.0.0.1", "127.0.0.5", "127.0.0.6"};
    for (const std::string& host : asked) {
        ends.send("hello", host);
    }
    ReceiveBatch batch(4, 100);
    std::vector<std::string> locals;
    for (const Datagram& datagram : batch.receive(ends.socket)) {
        locals.push_back(datagram.route.local.to_string());
    }
    BOOST_TEST(locals == asked, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_counts_what_the_receive_buffer_had_no_room_for) {
    asio::io_context context;
    BatchEnds ends(context.get_executor(), {}, 4096);
    ReceiveBatch batch(64, 100);
    for (int n = 0; n < 100; ++n) {
        ends.send("one of a hundred");
    }
    const std::size_t received = batch.receive(ends.socket).size();
    BOOST_TEST_REQUIRE(received < 64U, "a buffer of 4 KiB took " << received << " datagrams");
    BOOST_TEST(batch.dropped() == 0U);
    ends.send("one more");
    BOOST_TEST(batch.receive(ends.socket).size() == 1U);
    BOOST_TEST(batch.dropped() + received == 100U,
               received << " of 100 datagrams were received, and " << batch.dropped()
                        << " counted as dropped (SO_RXQ_OVFL)");
}

BOOST_AUTO_TEST_CASE(a_batch_ends_when_its_socket_is_shut_down) {
    asio::io_context context;
    BatchEnds ends(context.get_executor());
    ends.socket.non_blocking(false);
    ReceiveBatch batch(4, 100);
    ends.send("the last");
    ::shutdown(ends.socket.native_handle(), SHUT_RD);
    BOOST_TEST(texts(batch.receive(ends.socket)) == std::vector<std::string>{"the last"});
    BOOST_TEST(batch.receive(ends.socket).empty(),
               "what wakes a thread is no datagram: it comes from nobody");
}

// --- Sending ---

BOOST_AUTO_TEST_CASE(a_batch_sends_each_datagram_whole) {
    asio::io_context context;
    BatchEnds ends(context.get_executor());
    SendBatch batch(8);
    const std::vector<std::string> replies = {"same", "size", "", "", "longer", "s", "t"};
    for (const std::string& reply : replies) {
        batch.add(ends.route_back(), reply);
    }
    BOOST_TEST(batch.send(ends.socket) == 0U);
    BOOST_TEST(received_by(ends.peer) == replies, boost::test_tools::per_element());
    batch.add(ends.route_back(), "next batch");
    BOOST_TEST(batch.send(ends.socket) == 0U);
    BOOST_TEST(received_by(ends.peer) == std::vector<std::string>{"next batch"});
}

BOOST_AUTO_TEST_CASE(a_batch_merges_no_more_than_the_kernel_takes_apart) {
    asio::io_context context;
    BatchEnds ends(context.get_executor());
    ends.peer.set_option(udp::socket::receive_buffer_size(1 << 20));
    for (const std::size_t size : {1U, 1000U, 1400U}) {
        SendBatch batch(200);
        const std::string reply(size, 'x');
        for (int n = 0; n < 200; ++n) {
            batch.add(ends.route_back(), reply);
        }
        const CountCalls calls(Where::descriptor(ends.socket.native_handle()));
        BOOST_TEST(batch.send(ends.socket) == 0U);
        BOOST_TEST(received_by(ends.peer) == std::vector<std::string>(200, reply));
        BOOST_TEST(calls[Call::sendmmsg] == 1U);
        BOOST_TEST(calls[Call::sendmsg] == 0U, "200 replies of " << size << " bytes had to be sent "
                                                                 << "one by one");
    }
}

BOOST_AUTO_TEST_CASE(a_reply_that_cannot_be_sent_does_not_end_the_batch) {
    asio::io_context context;
    BatchEnds ends(context.get_executor());
    Route nowhere = ends.route_back();
    nowhere.peer.port(0);  // EINVAL
    SendBatch batch(8);
    batch.add(nowhere, "lost");
    batch.add(ends.route_back(), "first");
    batch.add(nowhere, "lost");
    batch.add(nowhere, "lost, too");
    batch.add(ends.route_back(), "last");
    const std::size_t unsent = batch.send(ends.socket);
    BOOST_TEST(received_by(ends.peer) == (std::vector<std::string>{"first", "last"}),
               "sendmmsg() stops at the first datagram that it cannot send: skip that one, and "
               "send the rest");
    BOOST_TEST(unsent == 3U);
}

BOOST_AUTO_TEST_CASE(a_message_that_cannot_be_taken_apart_goes_out_in_parts) {
    asio::io_context context;
    BatchEnds ends(context.get_executor());
    SendBatch batch(8);
    const std::vector<std::string> replies = {"one", "two", "six"};
    for (const std::string& reply : replies) {
        batch.add(ends.route_back(), reply);
    }
    const FailCalls no_offload(Call::sendmmsg, EIO, 1);
    BOOST_TEST(batch.send(ends.socket) == 0U);
    BOOST_TEST(no_offload.struck() == 1);
    BOOST_TEST(received_by(ends.peer) == replies, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_batch_goes_on_after_a_signal) {
    asio::io_context context;
    BatchEnds ends(context.get_executor());
    ends.socket.non_blocking(false);
    const FailCalls interrupted_send(Call::sendmmsg, EINTR, 1);
    const FailCalls interrupted_receive(Call::recvmmsg, EINTR, 1);
    SendBatch replies(1);
    replies.add(ends.route_back(), "sent");
    BOOST_TEST(replies.send(ends.socket) == 0U);
    BOOST_TEST(received_by(ends.peer) == std::vector<std::string>{"sent"});
    ReceiveBatch requests(1, 100);
    ends.send("received");
    BOOST_TEST(texts(requests.receive(ends.socket)) == std::vector<std::string>{"received"});
    BOOST_TEST(interrupted_send.struck() + interrupted_receive.struck() == 2);
}

BOOST_AUTO_TEST_CASE(drops_are_logged_once_a_second) {
    std::ostringstream lines;
    const auto before = spdlog::default_logger();
    const auto sink = std::make_shared<spdlog::sinks::ostream_sink_mt>(lines);
    spdlog::set_default_logger(std::make_shared<spdlog::logger>("test", sink));
    spdlog::set_pattern("%v");
    DropLog log;
    const auto begin = std::chrono::steady_clock::now();
    for (const std::uint32_t dropped : {0U, 2U, 3U, 10U}) {
        log.update(dropped);
    }
    const bool within_a_second = std::chrono::steady_clock::now() < begin + 1s;
    move_clock(1s);
    log.update(10);
    move_clock(1s);
    log.update(10);
    spdlog::set_default_logger(before);
    BOOST_TEST(
        (!within_a_second || lines.str() == "dropped 2 datagrams: the receive buffer was full\n"
                                            "dropped 8 datagrams: the receive buffer was full\n"),
        lines.str());
}

BOOST_AUTO_TEST_CASE(drops_are_counted_across_threads_and_a_wrap) {
    DropLog log;
    log.update(5);
    log.update(3);  // another thread, which has received an earlier datagram
    BOOST_TEST(log.dropped() == 5U);
    log.update(0xffffffff);  // earlier, or 2^32 - 6 more: earlier
    BOOST_TEST(log.dropped() == 5U);
}

BOOST_AUTO_TEST_SUITE_END()
