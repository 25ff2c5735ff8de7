// 11.12, the TCP echo on a loop that the test runs and whose turns it counts.
#include <array>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>
#include <utility>

#include "11_12_event_loop/tcp_echo.hpp"
#include "11_12_event_loop_watched.hpp"
#include "common/net/tcp.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

using namespace cookbook;
using namespace cookbook::event_loop;
using namespace cookbook::testing;

namespace {

/// The echo and its clients on one thread: they act while the loop does not run.
class EchoOnLoop {
public:
    explicit EchoOnLoop(WatchedLoop& watched, std::size_t max_unsent = 65'536)
        : watched_(watched),
          echo_(watched.loop, listen_here(), {Limits{}, max_unsent}, [this] { ++closed_; }) {}

    tcp::socket connect() {
        tcp::socket client(context_, tcp::v4());
        client.set_option(tcp::socket::receive_buffer_size(4096));
        client.set_option(tcp::socket::send_buffer_size(4096));
        client.connect(endpoint_);
        client.non_blocking(true);
        return client;
    }

    /// Turns the loop until `done()`, but not for long. Returns whether it is.
    template <typename Done>
    bool run_until(Done done) {
        for (int n = 0; n < 500; ++n) {
            if (done()) {
                return true;
            }
            watched_.waits = 0;
            watched_.run_for(2ms);
        }
        return false;
    }

    /// Lets the time pass, and the loop see it.
    void wait(std::chrono::milliseconds time) {
        move_clock(time);
        watched_.run_for(1ms);
    }

    void drain() { echo_.drain(); }

    [[nodiscard]] Where sockets() const { return Where::local_port(endpoint_.port()); }
    [[nodiscard]] int closed() const { return closed_; }
    [[nodiscard]] std::size_t connections() const { return echo_.connections(); }

private:
    tcp::acceptor listen_here() {
        tcp::acceptor acceptor = listen_v4(context_.get_executor());
        // Small buffers are soon full; what is accepted inherits them.
        acceptor.set_option(tcp::acceptor::send_buffer_size(4096));
        acceptor.set_option(tcp::acceptor::receive_buffer_size(4096));
        endpoint_ = acceptor.local_endpoint();
        return acceptor;
    }

    asio::io_context context_;  // the sockets', never run
    WatchedLoop& watched_;
    tcp::endpoint endpoint_;
    int closed_ = 0;
    TcpEcho echo_;
};

std::size_t send_now(tcp::socket& client, std::string_view text) {
    error_code full;
    return client.write_some(asio::buffer(text), full);
}

std::string receive_now(tcp::socket& client) {
    std::string data(65'536, '\0');
    error_code nothing;
    data.resize(client.read_some(asio::buffer(data), nothing));
    return data;
}

/// Sends until the server, which cannot send either, takes no more. Returns how much it was.
std::size_t fill(EchoOnLoop& server, tcp::socket& client) {
    const std::string piece(65'536, 'x');
    std::size_t sent = 0;
    int full = 0;  // how often in a row, with turns of the loop in between
    server.run_until([&] {
        const std::size_t taken = send_now(client, piece);
        sent += taken;
        full = taken == 0 ? full + 1 : 0;
        return full == 5;
    });
    return sent;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_loop)

CASES_FOR_ALL_POLLERS(echo_waits_for_room_only_while_there_is_a_rest) {
    EchoOnLoop server(watched);
    const ShortReads short_reads(server.sockets(), 2);  // while a rest waits, more comes
    const ShortWrites short_writes(server.sockets());
    tcp::socket client = server.connect();
    const std::string text = "one byte at a time";
    send_now(client, text);
    std::string echoed;
    const bool complete =
        server.run_until([&] { return (echoed += receive_now(client)).size() >= text.size(); });
    BOOST_TEST(complete, "of " << in_quotes(text) << " only " << in_quotes(echoed)
                               << " came back: what a send does not take must be kept, and sent "
                               << "when there is room");
    BOOST_TEST(echoed == text);
    const int before = watched.waits;
    watched.run_for(20ms);
    BOOST_TEST(
        watched.waits - before <= 5,
        watched.waits - before
            << " turns with nothing to do: a socket nearly always has room, so who waits for "
            << "that without anything to send makes the loop spin");
}

CASES_FOR_ALL_POLLERS(echo_ends_a_paused_connection_that_is_reset) {
    EchoOnLoop server(watched, 1000);
    tcp::socket client = server.connect();
    fill(server, client);
    BOOST_TEST_REQUIRE(server.connections() == 1U);
    testing::reset(client);
    BOOST_TEST(server.run_until([&] { return server.closed() == 1; }),
               "the peer is gone, but its connection, which was not read from for want of room, "
               "goes on");
}

CASES_FOR_ALL_POLLERS(echo_rests_while_a_connection_is_paused) {
    EchoOnLoop server(watched, 1000);
    tcp::socket client = server.connect();
    const std::size_t sent = fill(server, client);
    watched.waits = 0;
    watched.run_for(20ms);
    BOOST_TEST(watched.waits <= 5,
               watched.waits << " turns while a peer takes nothing: bytes that may not be "
                             << "received make the loop spin if it is asked for them");
    client.shutdown(tcp::socket::shutdown_send);
    std::size_t received = 0;
    server.run_until([&] {
        received += receive_now(client).size();
        return server.closed() == 1;
    });
    BOOST_TEST(server.closed() == 1);
    client.non_blocking(false);  // the kernel still sends what it has taken
    std::string rest;
    error_code end;
    received += asio::read(client, asio::dynamic_buffer(rest), end);
    BOOST_TEST(received == sent,
               "of " << sent << " bytes " << received << " came back: a pause must not lose any");
}

CASES_FOR_ALL_POLLERS(echo_ends_with_its_last_byte) {
    EchoOnLoop server(watched);
    const ShortWrites short_writes(server.sockets());
    tcp::socket client = server.connect();
    send_now(client, "the end");
    client.shutdown(tcp::socket::shutdown_send);
    std::string echoed;
    server.run_until([&] {
        echoed += receive_now(client);
        return server.closed() == 1;
    });
    echoed += receive_now(client);
    BOOST_TEST(echoed == "the end", "the peer has ended its stream, and of its last bytes "
                                        << in_quotes(echoed) << " came back");
    BOOST_TEST(server.connections() == 0U);
}

CASES_FOR_ALL_POLLERS(echo_ends_in_order_when_it_drains) {
    EchoOnLoop server(watched);
    tcp::socket client = server.connect();
    send_now(client, "before");
    std::string echoed;
    server.run_until([&] { return (echoed += receive_now(client)) == "before"; });
    server.drain();
    error_code end;
    std::array<char, 1> byte{};
    client.read_some(asio::buffer(byte), end);
    BOOST_TEST(end == asio::error::eof,
               "an idle connection ends with the server: " << end.message());
    for (int n = 0; n < 3; ++n) {  // as if it had been on its way already
        client.write_some(asio::buffer(byte), end);
        watched.run_for(2ms);
        BOOST_TEST(!end, "what a peer sends before it has seen our end was met by: "
                             << end.message()
                             << ". A reset destroys what the peer has not received yet");
    }
    client.shutdown(tcp::socket::shutdown_send, end);
    BOOST_TEST(server.run_until([&] { return server.closed() == 1; }),
               "both have ended, and the connection is still open");
}

CASES_FOR_ALL_POLLERS(echo_waits_for_the_end_of_a_peer_that_was_idle_for_long) {
    EchoOnLoop server(watched);
    tcp::socket client = server.connect();
    server.run_until([&] { return server.connections() == 1; });
    server.wait(10s);
    server.drain();
    server.wait(1s);
    error_code end;
    std::array<char, 1> byte{};
    client.read_some(asio::buffer(byte), end);
    BOOST_TEST(end == asio::error::eof, "an idle connection ends with the server");
    for (int n = 0; n < 3; ++n) {  // as if it had been on its way already
        client.write_some(asio::buffer(byte), end);
        watched.run_for(2ms);
        BOOST_TEST(!end, "what a peer sends a second after our end was met by: "
                             << end.message() << ". It has two seconds to end its half");
    }
    BOOST_TEST(server.connections() == 1U);
    server.wait(1200ms);
    BOOST_TEST(server.connections() == 0U, "a peer that does not end is not waited for any longer");
}

CASES_FOR_ALL_POLLERS(echo_sends_a_slow_reader_the_rest_when_it_drains) {
    EchoOnLoop server(watched, 1000);
    tcp::socket client = server.connect();
    const std::size_t sent = fill(server, client);
    server.wait(10s);
    server.drain();
    server.wait(10s);
    BOOST_TEST(server.connections() == 1U,
               "a peer that takes nothing for less than the idle timeout is not cut by the drain");
    std::size_t received = 0;
    server.run_until([&] {
        received += receive_now(client).size();
        return received == sent;
    });
    BOOST_TEST(received == sent, "of " << sent << " bytes " << received
                                       << " came back: what is unsent is still sent");
    client.close();
    BOOST_TEST(server.run_until([&] { return server.closed() == 1; }));
}

ASYNC_TEST_CASE(epoll_echo_takes_three_system_calls) {
    WatchedLoop watched(make_epoll_poller);
    EchoOnLoop server(watched);
    tcp::socket client = server.connect();
    server.run_until([&] { return server.connections() == 1; });
    const CountCalls calls;
    const CountCalls own(server.sockets());
    constexpr int echoes = 10;
    for (int n = 0; n < echoes; ++n) {
        send_now(client, "hello");
        std::string echo;
        server.run_until([&] { return !(echo += receive_now(client)).empty(); });
        BOOST_TEST(echo == "hello");
    }
    BOOST_TEST(own[Call::recv] == static_cast<unsigned>(echoes));
    BOOST_TEST(own[Call::send] == static_cast<unsigned>(echoes));
    BOOST_TEST(calls[Call::epoll_ctl] == 0U,
               "an interest that has not changed was told to the kernel again");
    co_return;
}

BOOST_AUTO_TEST_SUITE_END()
