// 11.3c, the server: asked by our client, and by peers whose packets the test writes.
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "11_03c_file_transfer_server.hpp"
#include "support/clock.hpp"

using namespace cookbook;
using namespace cookbook::file_transfer;
using namespace cookbook::testing;
using namespace std::string_literals;

namespace {

/// A disk that syncs nothing until it is let go.
class SlowDisk {
public:
    SlowDisk() { is_slow_ = true; }
    ~SlowDisk() { let_go(); }
    SlowDisk(const SlowDisk&) = delete;
    SlowDisk& operator=(const SlowDisk&) = delete;

    static void let_go() {
        is_slow_ = false;
        is_slow_.notify_all();
    }
    static void wait() { is_slow_.wait(true); }

private:
    static inline std::atomic<bool> is_slow_ = false;
};

}  // namespace

/// Takes the place of the system's.
extern "C" int fsync(int descriptor) {
    SlowDisk::wait();
    return static_cast<int>(::syscall(SYS_fsync, descriptor));
}

BOOST_AUTO_TEST_SUITE(file_transfer)

// --- Our own client ---

ASYNC_TEST_CASE(a_file_comes_back_as_it_was_put) {
    for (const std::string host : {"127.0.0.1", "::1"}) {
        FileServer server(co_await this_coro::executor, {.writable = true}, {.host = host});
        const TemporaryFolder own;
        for (const std::size_t size : {0U, 1U, 1427U, 1428U, 1429U, 22'848U, 100'000U}) {
            const std::string name = std::to_string(size);
            write_bytes(own.file("original"), test_bytes(size));
            co_await put(server.settings(), own.file("original"), name);
            BOOST_TEST((read_bytes(server.file(name)) == test_bytes(size)), name << " bytes put");
            co_await get(server.settings(), "/" + name, own.file("copy"));
            BOOST_TEST((read_bytes(own.file("copy")) == test_bytes(size)), name << " bytes got");
        }
        BOOST_TEST(server.files() == 7U, "something is left beside the files");
        co_await server.end();
    }
}

ASYNC_TEST_CASE(block_numbers_wrap_on_the_wire) {
    FileServer server(co_await this_coro::executor);
    const TemporaryFolder own;
    write_bytes(server.file("large"), test_bytes(600'000));
    ClientSettings settings = server.settings();
    settings.block_size = 8;  // 75,001 blocks
    settings.window = 64;
    co_await get(settings, "large", own.file("copy"));
    BOOST_TEST((read_bytes(own.file("copy")) == test_bytes(600'000)));
    co_await server.end();
}

// --- Requests ---

ASYNC_TEST_CASE(replies_without_options_to_a_request_without) {
    FileServer server(co_await this_coro::executor);
    write_bytes(server.file("a"), test_bytes(600));
    RawPeer peer(co_await this_coro::executor);
    BOOST_TEST(co_await peer.ask(rrq({"a", "OCTET"}), server.endpoint()) ==
               data_packet(1, test_bytes(600).substr(0, 512)));
    BOOST_TEST(peer.other.port() != server.endpoint().port(),
               "a transfer has a socket of its own: by its port both ends know it");
    BOOST_TEST(co_await peer.ask_slowly(ack_packet(1), peer.other) ==
               data_packet(2, test_bytes(600).substr(512)));
    peer.reply(ack_packet(2));
    co_await settle();
    BOOST_TEST(!has_arrived(peer.socket), "the file has been acknowledged, all of it");
    co_await server.end();
}

ASYNC_TEST_CASE(grants_no_more_than_was_asked_for) {
    FileServer server(co_await this_coro::executor);
    write_bytes(server.file("a"), "12345");
    struct Row {
        std::vector<std::string> asked;
        std::vector<std::string> granted;
    };
    for (const Row& row : std::vector<Row>{
             {{"blksize", "1024"}, {"blksize", "1024"}},
             {{"TSIZE", "0", "colour", "red"}, {"tsize", "5"}},
             {{"windowsize", "65535"}, {"windowsize", "64"}},
             {{"blksize", "65464", "windowsize", "64"}, {"blksize", "65464", "windowsize", "4"}},
             {{"windowsize", "3", "timeout", "7"}, {"windowsize", "3", "timeout", "7"}}}) {
        RawPeer peer(co_await this_coro::executor);
        std::vector<std::string> texts = {"a", "octet"};
        texts.insert(texts.end(), row.asked.begin(), row.asked.end());
        BOOST_TEST(co_await peer.ask(rrq(texts), server.endpoint()) == packet_of(6, row.granted));
        BOOST_TEST((co_await peer.ask(ack_packet(0), peer.other)).substr(0, 4) ==
                   data_packet(1, ""));
        peer.reply(error_packet(0, "enough"));
    }
    RawPeer unknown(co_await this_coro::executor);
    BOOST_TEST(co_await unknown.ask(rrq({"a", "octet", "colour", "red"}), server.endpoint()) ==
                   data_packet(1, "12345"),
               "no option is known, so there is no OACK");
    unknown.reply(ack_packet(1));
    co_await server.end();
}

ASYNC_TEST_CASE(says_why_it_refuses) {
    FileServer server(co_await this_coro::executor, {.writable = true, .max_file = 1000});
    std::filesystem::create_directory(server.file("folder"));
    write_bytes(server.file("there"), "old");
    struct Row {
        std::string request;
        int code;
    };
    for (const Row& row : std::vector<Row>{{rrq({"nothing", "octet"}), 1},
                                           {rrq({"there/below", "octet"}), 1},
                                           {rrq({"../outside", "octet"}), 2},
                                           {rrq({"folder/../../etc/passwd", "octet"}), 2},
                                           {rrq({"folder", "octet"}), 2},
                                           {rrq({"", "octet"}), 2},
                                           {wrq({"large", "octet", "tsize", "1001"}), 3},
                                           {wrq({"there", "octet"}), 6},
                                           {wrq({"folder", "octet"}), 6},
                                           {wrq({"../new", "octet"}), 2},
                                           {wrq({"no/folder", "octet"}), 1},
                                           {rrq({"there", "netascii"}), 4},
                                           {rrq({"there"}), 4},
                                           {rrq({"there", "octet", "blksize", "7"}), 8},
                                           {bytes({0, 9}), 4},
                                           {data_packet(1, "x"), 5},
                                           {ack_packet(1), 5}}) {
        RawPeer peer(co_await this_coro::executor);
        const std::string reply = co_await peer.ask(row.request, server.endpoint());
        BOOST_TEST(error_code_of(reply) == row.code,
                   in_quotes(row.request) << " was answered with " << in_quotes(reply)
                                          << ", not with ERROR " << row.code);
    }
    BOOST_TEST(read_bytes(server.file("there")) == "old", "a file was overwritten");
    BOOST_TEST(server.files() == 2U, "a refused request has left something");
    co_await server.end();
}

ASYNC_TEST_CASE(takes_no_files_unless_it_is_writable) {
    FileServer server(co_await this_coro::executor, Options{});
    RawPeer peer(co_await this_coro::executor);
    BOOST_TEST(error_code_of(co_await peer.ask(wrq({"new", "octet"}), server.endpoint())) == 2);
    BOOST_TEST(server.files() == 0U);
    co_await server.end();
}

ASYNC_TEST_CASE(an_error_is_never_answered) {
    FileServer server(co_await this_coro::executor);
    RawPeer peer(co_await this_coro::executor);
    for (const std::string& packet :
         {error_packet(0, "x"), bytes({0, 5}), bytes({0, 5, 0, 1, 65})}) {
        peer.send(packet, server.endpoint());
    }
    co_await settle();
    BOOST_TEST(!has_arrived(peer.socket), "two servers that answer errors would never end");
    co_await server.end();
}

ASYNC_TEST_CASE(what_is_no_tftp_is_never_answered) {
    FileServer server(co_await this_coro::executor);
    write_bytes(server.file("a"), test_bytes(600));
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(rrq({"a", "octet"}), server.endpoint());
    RawPeer service(co_await this_coro::executor);
    for (const std::string& text : {std::string(), a_time, std::string(74, '!')}) {
        service.send(text, server.endpoint());
        service.send(text, peer.other);
    }
    co_await settle();
    BOOST_TEST(!has_arrived(service.socket),
               "a service that answers everything, named by one forged datagram, and the server "
               "would never end (CERT CA-1996-01)");
    co_await server.end();
}

ASYNC_TEST_CASE(ignores_requests_to_a_broadcast_address) {
    FileServer server(co_await this_coro::executor, {.writable = true, .timeout = patience},
                      {.host = "0.0.0.0"});
    write_bytes(server.file("a"), "12345");
    const std::uint16_t port = server.endpoint().port();
    RawPeer peer(co_await this_coro::executor);
    peer.socket.set_option(udp::socket::broadcast(true));
    peer.send(rrq({"a", "octet"}), endpoint("127.255.255.255", port));
    co_await settle();
    BOOST_TEST(!has_arrived(peer.socket),
               "all servers of a network would begin a transfer (RFC 1123, 4.2.3.5)");
    BOOST_TEST(co_await peer.ask(rrq({"a", "octet"}), endpoint("127.0.0.5", port)) ==
               data_packet(1, "12345"));
    peer.reply(ack_packet(1));
    co_await server.end();
}

ASYNC_TEST_CASE(a_request_that_comes_again_starts_nothing) {
    FileServer server(co_await this_coro::executor);
    write_bytes(server.file("a"), test_bytes(600));
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(rrq({"a", "octet"}), server.endpoint());
    for (int n = 0; n < 5; ++n) {
        peer.send(rrq({"a", "octet"}), server.endpoint());
    }
    co_await settle();
    BOOST_TEST(!has_arrived(peer.socket), "a second transfer of the same file to the same peer");
    co_await server.end();
}

ASYNC_TEST_CASE(a_small_request_is_never_made_loud) {
    FileServer server(co_await this_coro::executor, {.writable = true});
    write_bytes(server.file("a"), test_bytes(100'000));
    for (const std::string& request :
         {rrq({"a", "octet"}), rrq({"a", "octet", "blksize", "1428", "windowsize", "64"}),
          wrq({"b", "octet"})}) {
        RawPeer victim(co_await this_coro::executor);
        const std::string first = co_await victim.ask(request, server.endpoint());
        int packets = 1;
        for (int second = 0; second < 20; ++second) {
            co_await advance(1s);
            while (has_arrived(victim.socket)) {
                BOOST_TEST(co_await victim.receive("what has arrived") == first);
                ++packets;
            }
        }
        BOOST_TEST(packets == 3, in_quotes(request) << ", of whoever forges an address, has sent "
                                                    << packets << " packets there");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(refuses_what_is_beyond_its_limit) {
    FileServer server(co_await this_coro::executor, {.max_transfers = 1, .timeout = patience});
    write_bytes(server.file("a"), test_bytes(600));
    RawPeer first(co_await this_coro::executor);
    co_await first.ask(rrq({"a", "octet"}), server.endpoint());
    RawPeer second(co_await this_coro::executor);
    BOOST_TEST(error_code_of(co_await second.ask(rrq({"a", "octet"}), server.endpoint())) == 0);
    first.reply(error_packet(0, "enough"));
    co_await settle();
    BOOST_TEST(co_await second.ask(rrq({"a", "octet"}), server.endpoint()) ==
               data_packet(1, test_bytes(600).substr(0, 512)));
    co_await server.end();
}

// --- Transfers ---

ASYNC_TEST_CASE(a_stranger_changes_nothing) {
    FileServer server(co_await this_coro::executor);
    write_bytes(server.file("a"), test_bytes(600));
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(rrq({"a", "octet"}), server.endpoint());
    RawPeer stranger(co_await this_coro::executor);
    BOOST_TEST(error_code_of(co_await stranger.ask(ack_packet(1), peer.other)) == 5,
               "whoever sends to a transfer of others gets ERROR 5 (RFC 1350, 4)");
    stranger.send(error_packet(0, "end!"), peer.other);
    co_await settle();
    BOOST_TEST(!has_arrived(stranger.socket), "an ERROR is never answered");
    BOOST_TEST(!has_arrived(peer.socket), "a stranger's ACK moved the transfer on");
    BOOST_TEST(
        co_await peer.ask(ack_packet(1), peer.other) == data_packet(2, test_bytes(600).substr(512)),
        "a stranger has ended the transfer");
    peer.reply(ack_packet(2));
    co_await server.end();
}

ASYNC_TEST_CASE(each_block_goes_out_once_though_each_ack_comes_twice) {
    FileServer server(co_await this_coro::executor);
    write_bytes(server.file("a"), test_bytes(512 * 20));
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(rrq({"a", "octet"}), server.endpoint());
    int packets = 1;
    for (int block = 1; block <= 21; ++block) {
        if (block % 7 == 1) {  // quick round trips make the timeout short again
            co_await advance(slow_round_trip);
        }
        peer.reply(ack_packet(block));
        peer.reply(ack_packet(block));
        co_await settle();
        while (has_arrived(peer.socket)) {
            co_await peer.receive("what has arrived");
            ++packets;
        }
    }
    BOOST_TEST(packets == 21, packets << " DATA for 21 blocks: the Sorcerer's Apprentice (RFC "
                                         "1123, 4.2.3.1)");
    co_await server.end();
}

ASYNC_TEST_CASE(a_lost_first_block_is_asked_for_by_an_ack) {
    FileServer server(co_await this_coro::executor);
    RawPeer peer(co_await this_coro::executor);
    BOOST_TEST(co_await peer.ask(wrq({"new", "octet", "windowsize", "4"}), server.endpoint()) ==
               packet_of(6, {"windowsize", "4"}));
    BOOST_TEST(co_await peer.ask(data_packet(2, test_bytes(512)), peer.other) == ack_packet(0),
               "who has sent a window takes no second OACK");
    BOOST_TEST(co_await peer.ask(data_packet(1, "whole"), peer.other) == ack_packet(1));
    co_await server.end();
}

ASYNC_TEST_CASE(the_last_ack_comes_when_the_file_has_its_name) {
    FileServer server(co_await this_coro::executor);
    RawPeer peer(co_await this_coro::executor);
    BOOST_TEST(co_await peer.ask(wrq({"new", "octet"}), server.endpoint()) == ack_packet(0));
    BOOST_TEST(read_bytes(server.file("new")) == "(no file)");
    BOOST_TEST(co_await peer.ask(data_packet(1, "whole"), peer.other) == ack_packet(1));
    BOOST_TEST(read_bytes(server.file("new")) == "whole",
               "the ACK of the last block has come, and the file is not there");
    BOOST_TEST(server.files() == 1U);
    for (int n = 0; n < 3; ++n) {
        BOOST_TEST(co_await peer.ask(data_packet(1, "whole"), peer.other) == ack_packet(1),
                   "our ACK was lost, so the block comes again");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(whoever_has_put_a_file_may_ask_at_once_for_another) {
    FileServer server(co_await this_coro::executor, {.writable = true, .max_transfers = 1});
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(wrq({"new", "octet"}), server.endpoint());
    co_await peer.ask(data_packet(1, "whole"), peer.other);
    BOOST_TEST(
        co_await peer.ask(rrq({"new", "octet"}), server.endpoint()) == data_packet(1, "whole"),
        "from the same port, while the first transfer stays to repeat its last ACK");
    peer.reply(ack_packet(1));
    co_await server.end();
}

ASYNC_TEST_CASE(only_so_many_stay_to_repeat_their_last_ack) {
    const auto executor = co_await this_coro::executor;
    FileServer server(executor,
                      {.writable = true, .max_transfers = 1, .timeout = patience, .give_up = 1h});
    RawPeer first(executor);
    RawPeer second(executor);
    RawPeer third(executor);
    for (RawPeer* peer : {&first, &second, &third}) {
        const std::string name = std::to_string(peer->socket.local_endpoint().port());
        co_await peer->ask(wrq({name, "octet"}), server.endpoint());
        co_await peer->ask_slowly(data_packet(1, "whole"), peer->other);
    }
    for (RawPeer* peer : {&first, &second, &third}) {
        peer->reply(data_packet(1, "whole"));
    }
    co_await settle();
    BOOST_TEST(has_arrived(first.socket));
    BOOST_TEST(has_arrived(second.socket));
    BOOST_TEST(!has_arrived(third.socket),
               "each of those who stay has a socket, whoever puts many small files at once");
    co_await server.end();
}

ASYNC_TEST_CASE(a_file_that_is_too_large_leaves_nothing) {
    FileServer server(co_await this_coro::executor,
                      {.writable = true, .max_file = 1000, .timeout = patience});
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(wrq({"new", "octet"}), server.endpoint());
    BOOST_TEST(co_await peer.ask_slowly(data_packet(1, std::string(512, 'x')), peer.other) ==
               ack_packet(1));
    BOOST_TEST(
        error_code_of(co_await peer.ask(data_packet(2, std::string(512, 'x')), peer.other)) == 3);
    co_await settle();
    BOOST_TEST(server.files() == 0U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_block_larger_than_agreed_ends_the_transfer) {
    FileServer server(co_await this_coro::executor);
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(wrq({"new", "octet"}), server.endpoint());
    BOOST_TEST(
        error_code_of(co_await peer.ask(data_packet(1, std::string(513, 'x')), peer.other)) == 4);
    co_await settle();
    BOOST_TEST(server.files() == 0U);
    co_await server.end();
}

ASYNC_TEST_CASE(a_peer_that_vanishes_leaves_no_part_of_a_file) {
    FileServer server(co_await this_coro::executor);
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(wrq({"new", "octet"}), server.endpoint());
    co_await peer.ask(data_packet(1, std::string(512, 'x')), peer.other);
    BOOST_TEST(server.files() == 1U, "a draft, beside the place of the file");
    co_await advance(5s);
    BOOST_TEST(server.files() == 1U);
    co_await advance(6s);
    co_await settle();
    BOOST_TEST(server.files() == 0U, "the peer has been silent for --give-up");
    co_await server.end();
}

// --- The end ---

ASYNC_TEST_CASE(transfers_may_finish_after_the_order_to_stop) {
    FileServer server(co_await this_coro::executor, {.timeout = patience, .drain_timeout = 1h});
    write_bytes(server.file("a"), test_bytes(600));
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(rrq({"a", "octet"}), server.endpoint());
    server.stop();
    co_await settle();
    BOOST_TEST(
        co_await peer.ask(ack_packet(1), peer.other) == data_packet(2, test_bytes(600).substr(512)),
        "the transfer was cut off");
    peer.reply(ack_packet(2));
    co_await server.join();
}

ASYNC_TEST_CASE(cuts_transfers_off_in_the_end) {
    FileServer server(co_await this_coro::executor, {.writable = true, .drain_timeout = 2s});
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(wrq({"new", "octet"}), server.endpoint());
    server.stop();
    co_await settle();
    co_await advance(3s);
    co_await server.join();
    std::string last;
    while (has_arrived(peer.socket)) {
        last = co_await peer.receive("what has arrived");
    }
    BOOST_TEST(error_code_of(last) == 0, "the peer is not told, and waits for nothing");
    BOOST_TEST(server.files() == 0U);
}

ASYNC_TEST_CASE(what_the_disk_has_in_hand_is_put_though_its_transfer_is_cut_off) {
    const auto executor = co_await this_coro::executor;
    FileServer server(executor, {.writable = true, .timeout = patience, .drain_timeout = 2s});
    const SlowDisk disk;
    RawPeer peer(executor);
    co_await peer.ask(wrq({"new", "octet"}), server.endpoint());
    peer.reply(data_packet(1, "whole"));
    co_await settle();
    server.stop();
    co_await settle();
    co_await advance(3s);
    SlowDisk::let_go();
    BOOST_TEST(co_await peer.receive("the last ACK") == ack_packet(1));
    BOOST_TEST(co_await what_it_throws(server.join()) == "nothing",
               "that a transfer is cut off is no failure of the server");
    BOOST_TEST(read_bytes(server.file("new")) == "whole");
}

ASYNC_TEST_CASE(whoever_puts_a_file_after_the_order_to_stop_does_not_delay_the_end) {
    FileServer server(co_await this_coro::executor,
                      {.writable = true, .timeout = patience, .give_up = 1h, .drain_timeout = 1h});
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(wrq({"new", "octet"}), server.endpoint());
    server.stop();
    co_await settle();
    BOOST_TEST(co_await peer.ask(data_packet(1, "whole"), peer.other) == ack_packet(1));
    const Waiting waiting("the end of a server whose last transfer is done");
    co_await server.join();
    BOOST_TEST(read_bytes(server.file("new")) == "whole");
}

ASYNC_TEST_CASE(whoever_only_dallies_does_not_delay_the_end) {
    FileServer server(co_await this_coro::executor, {.writable = true, .drain_timeout = 1h});
    RawPeer peer(co_await this_coro::executor);
    co_await peer.ask(wrq({"new", "octet"}), server.endpoint());
    co_await peer.ask(data_packet(1, "whole"), peer.other);
    server.stop();
    const Waiting waiting("the end of a server whose only transfer dallies");
    co_await server.join();
    BOOST_TEST(read_bytes(server.file("new")) == "whole");
}

BOOST_AUTO_TEST_SUITE_END()
