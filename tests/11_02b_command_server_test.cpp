// 11.2b, the server over loopback: one contract, kept by both styles. The other files test what a
// line means (…_handler.cpp), one client's queue (…_outbox.cpp), the room (…_room.cpp), what is
// counted (…_metrics.cpp), the client (…_client.cpp) and the coroutine on a clock that the test
// moves (…_session.cpp).
#include "11_02b_command_server/command_server.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <chrono>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "11_02b_command_server_server.hpp"
#include "common/async/task_group.hpp"
#include "support/clock.hpp"
#include "support/echo_contract.hpp"
#include "support/http_server.hpp"

using namespace cookbook;
using namespace cookbook::command_server;
using namespace cookbook::testing;

namespace {

using Body = asio::awaitable<void> (*)(CommandServer&);

struct Talk {
    std::vector<LineClient> clients;
    std::vector<std::vector<std::string>> heard;  // by each of them
};

asio::awaitable<void> with(const Style& style, Options options, Body body) {
    CommandServer server(style, options);
    co_await body(server);
    server.stop();
    server.join();
}

constexpr std::string_view shutdown_line = R"({"event":"dropped","reason":"shutdown"})";

/// A client whose kernel holds little for it.
asio::awaitable<LineClient> join_with_small_buffer(tcp::endpoint server) {
    tcp::socket socket(co_await this_coro::executor, server.protocol());
    socket.set_option(tcp::socket::receive_buffer_size(4096));
    co_await socket.async_connect(server, use_awaitable);
    LineClient client(std::move(socket));
    co_await client.ask("ECHO in");
    co_return client;
}

/// Says something until only `recipients` hear it.
asio::awaitable<void> talk_until(LineClient& speaker, std::size_t recipients, std::string text) {
    for (int n = 0; n < 20'000; ++n) {
        const std::string response = co_await speaker.response_to("SAY " + text);
        if (figure(response, "recipients") == recipients) {
            hold();
            co_return;
        }
    }
    fail("a client that reads nothing is still there after 20,000 events");
}

/// Events have seq, and seq + 1, and so on.
void expect_consecutive(const std::vector<std::string>& events) {
    for (std::size_t n = 1; n < events.size(); ++n) {
        BOOST_TEST_REQUIRE(figure(events[n], "seq") == figure(events[n - 1], "seq") + 1,
                           "after " << events[n - 1].substr(0, 60) << " comes "
                                    << events[n].substr(0, 60)
                                    << ": each event comes once, and seq rises by 1");
    }
}

}  // namespace

/// One body, two cases: one for each style.
#define CASES_FOR_BOTH_STYLES(name, ...)                      \
    static asio::awaitable<void> name(CommandServer& server); \
    ASYNC_TEST_CASE(coroutines_##name) {                      \
        co_await with(styles[0], {__VA_ARGS__}, name);        \
    }                                                         \
    ASYNC_TEST_CASE(threads_##name) {                         \
        co_await with(styles[1], {__VA_ARGS__}, name);        \
    }                                                         \
    static asio::awaitable<void> name(CommandServer& server)

BOOST_AUTO_TEST_SUITE(command_server)

// --- Lines and responses ---

CASES_FOR_BOTH_STYLES(respond_to_each_line_in_order) {
    LineClient client = co_await LineClient::join(server.endpoint());
    co_await client.send("echo a  b\r\n\nFOO\nECHO \xff\nSAY\nECHO c\n");
    for (const char* response :
         {R"({"command":"ECHO","result":"a b"})", R"({"error":"empty message"})",
          R"({"error":"unknown command: FOO"})", R"({"error":"not UTF-8"})",
          R"({"error":"SAY needs a text"})", R"({"command":"ECHO","result":"c"})"}) {
        BOOST_TEST(co_await client.line() == response);
    }
}

CASES_FOR_BOTH_STYLES(read_lines_however_they_come) {
    const ShortReads short_reads(server.sockets());
    LineClient client = co_await LineClient::join(server.endpoint());
    co_await client.send("ECHO first\nECHO second\nECHO third");
    client.end_sending();
    const std::vector<std::string> lines = co_await client.lines_to_end();
    BOOST_TEST_REQUIRE(lines.size() == 3U,
                       "the last line may lack its line feed, when the peer has "
                       "ended its half: three lines have three responses, not "
                           << lines.size());
    BOOST_TEST(lines[2] == R"({"command":"ECHO","result":"third"})");
    BOOST_TEST(client.clean_end, "when all is answered, the server ends its half, too");
}

CASES_FOR_BOTH_STYLES(do_not_obey_half_a_line_before_a_reset) {
    LineClient witness = co_await LineClient::join(server.endpoint());
    LineClient client = co_await LineClient::join(server.endpoint());
    const std::string half = "SAY I owe you 100";  // 0, it was to be
    std::string stats = co_await witness.ask("STATS");
    std::uint64_t received = figure(stats, "received_bytes") + half.size();
    co_await client.send(half);
    do {
        stats = co_await witness.ask("STATS");
        received += std::string_view("STATS\n").size();
    } while (figure(stats, "received_bytes") < received);
    reset(client.socket());
    while (figure(stats, "connections") > 1) {
        stats = co_await witness.response_to("STATS");
    }
    BOOST_TEST(figure(co_await witness.response_to("SAY hello"), "seq") == 1U,
               "what comes without a line feed is a last line when the peer ends its half, but "
               "not when it is gone");
}

CASES_FOR_BOTH_STYLES(send_whole_lines_though_the_socket_takes_one_byte_at_a_time) {
    const ShortWrites short_writes(server.sockets());
    LineClient client = co_await LineClient::join(server.endpoint());
    LineClient other = co_await LineClient::join(server.endpoint());
    constexpr int events = 100;
    for (int n = 0; n < events; ++n) {  // one comes while the one before is being sent
        co_await other.send("SAY hello\n");
    }
    for (int n = 1; n <= events; ++n) {
        for (LineClient* each : {&client, &other}) {
            const std::string event = co_await each->line();
            BOOST_TEST_REQUIRE(
                event.ends_with(R"("text":"hello"})"),
                "a line is cut, or within another one, because two writes ran at once: "
                    << in_quotes(event));
        }
        BOOST_TEST_REQUIRE(co_await other.line() == R"({"command":"SAY","seq":)" +
                                                        std::to_string(n) + R"(,"recipients":2})");
    }
}

CASES_FOR_BOTH_STYLES(respond_with_one_send_to_what_came_together) {
    LineClient client = co_await LineClient::join(server.endpoint());
    const CountCalls calls(server.sockets());
    std::string lines;
    for (int n = 0; n < 100; ++n) {
        lines += "ECHO a\n";
    }
    co_await client.send(lines);
    for (int n = 0; n < 100; ++n) {
        BOOST_TEST(co_await client.line() == R"({"command":"ECHO","result":"a"})");
    }
    BOOST_TEST(calls[Call::send] + calls[Call::sendmsg] == 1U,
               "100 lines that came together are answered with one system call");
}

CASES_FOR_BOTH_STYLES(hang_up_at_a_line_that_is_too_long, .max_queue = 1024, .max_line = 64) {
    LineClient client = co_await LineClient::join(server.endpoint());
    BOOST_TEST((co_await client.ask("ECHO " + std::string(59, 'x'))).size() == 30U + 59,
               "a line of just --max-line bytes is not too long");
    co_await client.send(std::string(65, 'x'));  // its line feed is not waited for
    const std::vector<std::string> lines = co_await client.lines_to_end();
    BOOST_TEST_REQUIRE(lines.size() == 1U);
    BOOST_TEST(lines[0] == R"({"error":"line too long"})");
    BOOST_TEST(client.clean_end, "the response must arrive: a reset would take it along");
}

CASES_FOR_BOTH_STYLES(hang_up_in_order_on_a_peer_that_goes_on_sending) {
    LineClient client = co_await LineClient::join(server.endpoint());
    co_await client.send("QUIT\n" + std::string(200'000, 'x') + "\nECHO too late\n");
    const std::vector<std::string> lines = co_await client.lines_to_end();
    BOOST_TEST_REQUIRE(lines.size() == 1U, "what comes behind a QUIT is ignored");
    BOOST_TEST(lines[0] == R"({"command":"QUIT","result":"bye"})");
    BOOST_TEST(client.clean_end);
}

// --- Events ---

CASES_FOR_BOTH_STYLES(name_the_speaker) {
    LineClient client = co_await LineClient::join(server.endpoint());
    const std::string address = to_string(client.socket().local_endpoint());
    BOOST_TEST(co_await client.ask("SAY  hello, \t all \t") ==
               R"({"event":"say","seq":1,"from":")" + address + R"(","text":"hello, \t all"})");
    BOOST_TEST(co_await client.line() == R"({"command":"SAY","seq":1,"recipients":1})");
}

ASYNC_TEST_CASE(both_styles_serve_ipv6) {
    for (const Style& style : styles) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            CommandServer server(style, {}, {"::1", 0});
            LineClient client = co_await LineClient::join(server.endpoint());
            const std::string event = co_await client.ask("SAY hi");
            BOOST_TEST(event.find(R"("from":"[::1]:)") != std::string::npos, event);
        }
    }
}

/// Says `count` things, and returns all events that it hears, until it has heard `all` of them.
static asio::awaitable<void> talk(LineClient& client, std::size_t count, std::size_t all,
                                  std::vector<std::string>& events) {
    std::string lines;
    for (std::size_t n = 0; n < count; ++n) {
        lines += "SAY " + std::to_string(n) + '\n';
    }
    co_await client.send(lines);
    while (events.size() < all) {
        std::string line = co_await client.line();
        BOOST_TEST_REQUIRE(!line.empty(), "the server has hung up");
        if (line.starts_with("{\"event\"")) {
            events.push_back(std::move(line));
        }
    }
}

/// Each of five clients says `each` things at once, and hears what all have said.
static asio::awaitable<Talk> have_five_talk(CommandServer& server, std::size_t each) {
    Talk all;
    for (int n = 0; n < 5; ++n) {
        all.clients.push_back(co_await LineClient::join(server.endpoint()));
    }
    all.heard.resize(all.clients.size());
    TaskGroup talking(co_await this_coro::executor);
    for (std::size_t n = 0; n < all.clients.size(); ++n) {
        talking.spawn(talk(all.clients[n], each, each * all.clients.size(), all.heard[n]));
    }
    co_await talking.join();
    co_return all;
}

CASES_FOR_BOTH_STYLES(all_hear_the_same_in_the_same_order) {
    const auto [clients, heard] = co_await have_five_talk(server, 200);
    expect_consecutive(heard[0]);
    for (std::size_t n = 1; n < clients.size(); ++n) {
        BOOST_TEST(
            (heard[n] == heard[0]),
            "two clients heard the same events in different orders: the number and the place "
            "in every queue are to be given at once");
    }
}

/// Five clients say more at once than a queue holds, before anybody has sent anything.
CASES_FOR_BOTH_STYLES(drop_nobody_who_reads, .max_queue = 65536) {
    Talk talk = co_await have_five_talk(server, 500);
    const std::string stats = co_await talk.clients[0].response_to("STATS");
    BOOST_TEST(figure(stats, "dropped") == 0U,
               "a client was dropped that reads all that comes: its queue was full of what nobody "
               "had tried to send");
}

// --- Slow readers ---

CASES_FOR_BOTH_STYLES(drop_a_client_that_does_not_read, .max_queue = 65536) {
    LineClient speaker = co_await LineClient::join(server.endpoint());
    LineClient slow = co_await join_with_small_buffer(server.endpoint());
    co_await talk_until(speaker, 1, std::string(4000, 'x'));
    const std::string stats = co_await speaker.ask("STATS");
    BOOST_TEST(figure(stats, "dropped") == 1U);
    BOOST_TEST(figure(stats, "connections") == 1U, "who is dropped is out at once");
    std::vector<std::string> lines = co_await slow.lines_to_end();
    BOOST_TEST(slow.clean_end);
    BOOST_TEST(slow.whole_lines);
    BOOST_TEST_REQUIRE(lines.size() > 1U);
    BOOST_TEST(lines.back() == R"({"event":"dropped","reason":"slow"})",
               "the last line is to say why, but it is " << in_quotes(lines.back()));
    lines.pop_back();
    expect_consecutive(lines);
    for (const std::string& line : lines) {
        BOOST_TEST_REQUIRE(line.ends_with("x\"}"), "half a line was sent: " << in_quotes(line));
    }
}

CASES_FOR_BOTH_STYLES(slow_a_client_that_only_asks, .max_queue = 65536) {
    LineClient client = co_await join_with_small_buffer(server.endpoint());
    client.socket().non_blocking(true);
    const std::string line = "ECHO " + std::string(2000, 'x') + '\n';
    std::string lines;
    for (int n = 0; n < 500; ++n) {
        lines += line;
    }
    constexpr std::size_t max_sent = std::size_t{16} << 20U;
    std::size_t sent = 0;
    for (int pauses = 0; pauses < 10 && sent < max_sent;) {  // perhaps the server is only busy
        error_code full;
        sent += client.socket().write_some(asio::buffer(lines) + sent % lines.size(), full);
        pauses = full ? pauses + 1 : 0;
        if (full) {
            co_await pass(50ms);
        }
    }
    BOOST_TEST(sent < max_sent, "the server took " << sent << " bytes while nobody read the "
                                                   << "responses: they are in its memory");
    co_await expect_all_responses(client, sent, line.size());
}

CASES_FOR_BOTH_STYLES(a_slow_client_does_not_slow_the_others, .max_queue = 262144) {
    LineClient speaker = co_await LineClient::join(server.endpoint());
    LineClient listener = co_await LineClient::join(server.endpoint());
    LineClient slow = co_await join_with_small_buffer(server.endpoint());
    for (int n = 0; n < 200; ++n) {
        co_await speaker.send("SAY " + std::string(3000, 'x') + '\n');
        co_await speaker.line();
        co_await speaker.line();
        BOOST_TEST_REQUIRE(figure(co_await listener.line(), "seq") == std::uint64_t(n) + 1);
    }
}

// --- Ends ---

CASES_FOR_BOTH_STYLES(tell_a_silent_client_and_hang_up, .limits = {.idle_timeout = 200ms}) {
    LineClient client(co_await connect_to(server.endpoint()));
    const std::vector<std::string> lines = co_await client.lines_to_end();
    BOOST_TEST_REQUIRE(lines.size() == 1U);
    BOOST_TEST(lines[0] == R"({"event":"dropped","reason":"idle"})");
    BOOST_TEST(client.clean_end);
}

CASES_FOR_BOTH_STYLES(tell_everybody_when_they_stop,
                      .limits = {.idle_timeout = 60s, .drain_timeout = 12s}) {
    LineClient client = co_await LineClient::join(server.endpoint());
    LineClient other = co_await LineClient::join(server.endpoint());
    server.stop();
    for (LineClient* each : {&client, &other}) {
        const std::vector<std::string> lines = co_await each->lines_to_end();
        BOOST_TEST_REQUIRE(lines.size() == 1U);
        BOOST_TEST(lines[0] == shutdown_line);
        BOOST_TEST(each->clean_end);
        each->socket().close();
    }
    BOOST_TEST(server.ends_within(8s), "nobody is connected any more, but the server goes on");
}

ASYNC_TEST_CASE(both_styles_end_in_order_when_the_acceptor_breaks) {
    for (const Style& style : styles) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            CommandServer server(style, {.limits = {.idle_timeout = 20s, .drain_timeout = 12s}});
            LineClient client = co_await LineClient::join(server.endpoint());
            const FailAccepts broken(EINVAL);
            tcp::socket late(co_await this_coro::executor);
            error_code refused;  // if the server is quick
            late.connect(server.endpoint(), refused);
            const std::vector<std::string> lines = co_await client.lines_to_end();
            BOOST_TEST_REQUIRE(lines.size() == 1U);
            BOOST_TEST(lines[0] == shutdown_line,
                       "nobody will be accepted any more: it is the end");
            BOOST_TEST(client.clean_end);
            client.socket().close();
            late.close();
            BOOST_TEST_REQUIRE(server.ends_within(8s),
                               "the acceptor is broken and nobody is connected any more, but the "
                               "server goes on");
            BOOST_CHECK_THROW(server.join(), std::system_error);
        }
    }
}

CASES_FOR_BOTH_STYLES(serve_on_when_their_metrics_break) {
    LineClient client = co_await LineClient::join(server.endpoint());
    const FailAccepts broken(EINVAL);
    tcp::socket scraper(co_await this_coro::executor);
    error_code refused;  // if the server is quick
    scraper.connect(server.metrics(), refused);
    co_await receive_to_end(scraper);  // nobody has accepted it: it is reset
    BOOST_TEST(co_await client.ask("ECHO a") == R"({"command":"ECHO","result":"a"})");
    BOOST_TEST(!server.ends_within(0ms), "whoever only measures the server has ended it");
}

CASES_FOR_BOTH_STYLES(cut_who_takes_nothing_after_the_drain,
                      .limits = {.idle_timeout = 60s, .drain_timeout = 100ms}, .max_queue = 65536) {
    LineClient speaker = co_await LineClient::join(server.endpoint());
    LineClient slow = co_await join_with_small_buffer(server.endpoint());
    co_await talk_until(speaker, 1, std::string(4000, 'x'));
    server.stop();
    speaker.socket().close();
    BOOST_TEST(server.ends_within(8s),
               "--drain has passed, but the server still waits for a client that takes nothing");
}

/// --idle is shorter than --drain, and passes while a client has not taken all.
CASES_FOR_BOTH_STYLES(give_a_slow_reader_the_whole_drain,
                      .limits = {.idle_timeout = 60s, .drain_timeout = 600s},
                      .max_queue = std::size_t{16} << 20U, .max_line = 65536) {
    LineClient speaker = co_await LineClient::join(server.endpoint());
    LineClient slow = co_await join_with_small_buffer(server.endpoint());
    constexpr std::size_t events = 200;  // 12 MB, more than kernels take for us
    for (std::size_t n = 0; n < events; ++n) {
        co_await speaker.response_to("SAY " + std::string(60'000, 'x'));
    }
    server.stop();
    BOOST_TEST(co_await speaker.line() == shutdown_line);
    move_clock(61s);
    const std::vector<std::string> lines = co_await slow.lines_to_end();
    BOOST_TEST(slow.clean_end);
    BOOST_TEST(lines.size() == events + 1, "what was queued was cut though --drain has not passed");
    BOOST_TEST_REQUIRE(!lines.empty());
    BOOST_TEST(lines.back() == shutdown_line, "the last line is to say why");
}

CASES_FOR_BOTH_STYLES(survive_peers_that_vanish) {
    LineClient client = co_await LineClient::join(server.endpoint());
    for (int n = 0; n < 20; ++n) {
        LineClient gone = co_await LineClient::join(server.endpoint());
        co_await gone.send("SAY last words\nECHO a\nECHO b");
        reset(gone.socket());
    }
    std::string stats;
    while (figure(stats, "connections") != 1) {
        stats = co_await client.response_to("STATS");
    }
    BOOST_TEST(figure(stats, "dropped") == 0U, "who leaves is not dropped");
}

CASES_FOR_BOTH_STYLES(survive_garbage) {
    std::mt19937 random(11'02);
    for (int n = 0; n < 20; ++n) {
        tcp::socket client = co_await connect_to(server.endpoint());
        std::string garbage(5000, '\0');
        for (char& byte : garbage) {
            byte = static_cast<char>(random() % (n % 2 == 0 ? 256 : 16));
        }
        error_code gone;  // it hangs up on a line that is too long
        asio::write(client, asio::buffer(garbage), gone);
        client.shutdown(tcp::socket::shutdown_send, gone);
        co_await receive_to_end(client);
    }
    LineClient client = co_await LineClient::join(server.endpoint());
    BOOST_TEST(co_await client.ask("ECHO still there") ==
               R"({"command":"ECHO","result":"still there"})");
}

CASES_FOR_BOTH_STYLES(serve_no_more_at_once_than_allowed, .limits = {.max_connections = 1}) {
    LineClient first = co_await LineClient::join(server.endpoint());
    LineClient second(co_await connect_to(server.endpoint()));
    co_await second.send("TIME\n");
    for (int n = 0; n < 200; ++n) {
        co_await first.ask("TIME");
    }
    BOOST_TEST(second.socket().available() == 0U, "one connection at once is allowed");
    first.socket().close();
    BOOST_TEST((co_await second.line()).starts_with(R"({"command":"TIME")"));
}

ASYNC_TEST_CASE(both_styles_pause_when_descriptors_run_out) {
    for (const Style& style : styles) {
        BOOST_TEST_CONTEXT("style " << style.name) {
            std::optional<FailAccepts> fail(std::in_place, EMFILE);
            CommandServer server(style, {});
            LineClient client(co_await connect_to(server.endpoint()));
            co_await client.send("ECHO a\n");
            co_await expect_pause_of_accepting(*fail);
            fail.reset();
            BOOST_TEST(co_await client.line() == R"({"command":"ECHO","result":"a"})");
        }
    }
}

ASYNC_TEST_CASE(both_styles_give_back_every_descriptor) {
    const std::size_t before = open_descriptors();
    for (const Style& style : styles) {
        {
            CommandServer server(style, {.limits = {.drain_timeout = 50ms}});
            LineClient left_open = co_await LineClient::join(server.endpoint());
            server.stop();
            server.join();
        }
        BOOST_TEST(open_descriptors() == before, "style " << style.name << " keeps descriptors");
    }
}

ASYNC_TEST_CASE(both_styles_end_when_they_were_stopped_before_they_began) {
    for (const Style& style : styles) {
        asio::io_context context;
        std::stop_source stop;
        stop.request_stop();
        style.serve(cookbook::listen(context.get_executor(), {}), std::nullopt, {},
                    stop.get_token());
    }
    co_return;
}

// --- Metrics ---

static asio::awaitable<std::string> scrape(CommandServer& server, std::string request) {
    co_return co_await exchange(server.metrics(),
                                request + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}

CASES_FOR_BOTH_STYLES(tell_prometheus_what_they_tell_stats) {
    LineClient client = co_await LineClient::join(server.endpoint());
    co_await client.send("SAY a\nFOO\nsecret-word-of-a-peer\n");
    for (int n = 0; n < 4; ++n) {
        co_await client.line();
    }
    const std::string stats = co_await client.ask("STATS");
    const std::string response = co_await scrape(server, "GET /metrics");
    BOOST_TEST(status_of(response) == "200");
    BOOST_TEST(response.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n") !=
               std::string::npos);
    const std::string body(body_of(response));
    for (const char* line :
         {"command_server_connections 1\n", "command_server_connections_total 1\n",
          "command_server_messages_total{command=\"ECHO\"} 1\n",
          "command_server_messages_total{command=\"SAY\"} 1\n",
          "command_server_messages_total{command=\"STATS\"} 1\n",
          "command_server_messages_total{command=\"other\"} 2\n", "command_server_events_total 1\n",
          "command_server_deliveries_total 1\n",
          "command_server_request_duration_seconds_bucket{le=\"+Inf\"} 5\n",
          "command_server_request_duration_seconds_count 5\n"}) {
        BOOST_TEST(body.find(line) != std::string::npos, line << " is missing in " << body);
    }
    BOOST_TEST(
        (body.find("secret") == std::string::npos && body.find("SECRET") == std::string::npos),
        "a peer's word has become a label: whoever can connect can fill Prometheus' memory");
    BOOST_TEST(figure(stats, "message_count") == 5U);
    BOOST_TEST(figure(stats, "count") == 5U);
    BOOST_TEST(body.find("command_server_received_bytes_total " +
                         std::to_string(figure(stats, "received_bytes")) + "\n") !=
               std::string::npos);
}

CASES_FOR_BOTH_STYLES(serve_nothing_but_metrics) {
    BOOST_TEST(status_of(co_await scrape(server, "GET /")) == "404");
    BOOST_TEST(status_of(co_await scrape(server, "POST /metrics")) == "405");
    BOOST_TEST(status_of(co_await scrape(server, "HEAD /metrics")) == "200");
}

BOOST_AUTO_TEST_SUITE_END()
