// Recipe 11.1, one request and its response on a connection.
#include <boost/test/unit_test.hpp>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_01_http_client/connection/exchange.hpp"
#include "11_01_http_client_server.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "common/async/within.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/memory_stream.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::http_client;
using namespace cookbook::testing;

const std::string get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string too_large = "HTTP/1.1 413 Content Too Large\r\nContent-Length: 5\r\n\r\nlarge";

/// Keeps a body, up to a size that is enough.
struct Keeping final : BodySink {
    void begin(const Response& head) override { status = head.status; }
    asio::awaitable<bool> write(std::string_view data) override {
        body += data;
        co_return body.size() < enough;
    }

    unsigned status = 0;
    std::string body;
    std::size_t enough = std::numeric_limits<std::size_t>::max();
};

/// A body in pieces, the last of which may have to be waited for.
class Pieces final : public BodySource {
public:
    explicit Pieces(std::vector<std::string> pieces, std::optional<std::uint64_t> size = {})
        : pieces_(std::move(pieces)), size_(size) {}

    [[nodiscard]] std::optional<std::uint64_t> size() const override { return size_; }
    asio::awaitable<std::string_view> read_some() override {
        if (next_ == pieces_.size()) {
            co_return std::string_view();
        }
        if (pieces_[next_].empty()) {
            asio::steady_timer timer(co_await this_coro::executor,
                                     asio::steady_timer::time_point::max());
            co_await timer.async_wait(use_awaitable);
        }
        co_return pieces_[next_++];
    }
    bool rewind() override { return next_ == 0; }

private:
    std::vector<std::string> pieces_;
    std::optional<std::uint64_t> size_;
    std::size_t next_ = 0;
};

/// What came of an exchange.
struct Outcome {
    bool keep_alive = false;
    unsigned status = 0;
    std::string body;
    std::string error;
    bool answered = false;
};

asio::awaitable<Outcome> converse(Connection& connection, OutgoingRequest request,
                                  Keeping sink = {}, asio::steady_timer::duration silence = 1h) {
    const Waiting waiting("the end of the exchange");
    Outcome outcome;
    Response response;
    try {
        outcome.keep_alive = co_await cookbook::http_client::exchange(
            connection, request, response, sink, silence, outcome.answered);
    } catch (const std::exception& failure) {
        outcome.error = describe(failure);
    }
    outcome.status = sink.status;
    outcome.body = sink.body;
    co_return outcome;
}

asio::awaitable<void> converse_into(std::optional<Outcome>& outcome, Connection& connection,
                                    OutgoingRequest request) {
    outcome = co_await converse(connection, std::move(request), {}, 30s);
}

OutgoingRequest upload(std::vector<std::string> pieces, std::optional<std::uint64_t> size = {}) {
    return {.head = post, .body = Body(std::make_shared<Pieces>(std::move(pieces), size))};
}

/// A client's connection, and the server's end of it.
struct Line {
    explicit Line(const asio::any_io_executor& executor, MemoryPlan near = {}, MemoryPlan far = {})
        : Line(memory_pair(executor, near, far)) {}
    explicit Line(MemoryPair pair)
        : near(*pair.near), far(std::move(pair.far)), connection(std::move(pair.near), -1) {}

    MemoryStream& near;
    std::unique_ptr<MemoryStream> far;
    Connection connection;
};

asio::awaitable<void> say(Stream& stream, std::string bytes) {
    const asio::const_buffer buffer = asio::buffer(bytes);
    co_await stream.write({&buffer, 1});
}

/// Reads until `size` bytes have come, or the stream has ended.
asio::awaitable<std::string> hear(Stream& stream, std::size_t size) {
    const Waiting waiting(std::to_string(size) + " bytes from the client");
    std::string heard;
    std::vector<char> buffer(65'536);
    while (heard.size() < size) {
        const auto [error, n] = co_await stream.read_some(asio::buffer(buffer));
        if (error) {
            break;
        }
        heard.append(buffer.data(), n);
    }
    co_return heard;
}

/// A server that reads a request of `size` bytes, then responds.
asio::awaitable<void> serve(Stream& stream, std::size_t size, std::string response,
                            std::string& request) {
    request = co_await hear(stream, size);
    co_await say(stream, std::move(response));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

ASYNC_TEST_CASE(a_request_and_its_response_are_one_send_and_one_read) {
    Line line(co_await this_coro::executor);
    co_await say(*line.far, ok("abc"));
    const Outcome outcome =
        co_await converse(line.connection, {.head = post, .body = Body("body", "text/plain")});
    BOOST_TEST(outcome.error == "");
    BOOST_TEST(outcome.status == 200U);
    BOOST_TEST(outcome.body == "abc");
    BOOST_TEST(outcome.keep_alive, "both sides can go on");
    BOOST_TEST(line.near.sends() == 1U, "head and body leave together");
    const std::string request = co_await hear(*line.far, post.size() + 4);
    BOOST_TEST(request == post + "body");
}

ASYNC_TEST_CASE(however_small_the_pieces_it_is_the_same) {
    const std::string body(1000, 'b');
    for (const MemoryPlan plan : {MemoryPlan{.max_read = 1}, MemoryPlan{.max_write_now = 0},
                                  MemoryPlan{.max_write_now = 40, .capacity = 7}}) {
        Line line(co_await this_coro::executor, plan, plan);
        std::string request;
        TaskGroup server(co_await this_coro::executor);
        server.spawn(serve(*line.far, post.size() + body.size(), ok("abc"), request));
        const Outcome outcome =
            co_await converse(line.connection, {.head = post, .body = Body(body)});
        co_await server.join();
        BOOST_TEST(outcome.error == "");
        BOOST_TEST(outcome.body == "abc");
        BOOST_TEST(outcome.keep_alive);
        BOOST_TEST((request == post + body), "the request is not what was to be sent");
    }
}

ASYNC_TEST_CASE(a_body_of_unknown_size_goes_in_chunks) {
    Line line(co_await this_coro::executor);
    std::string request;
    TaskGroup server(co_await this_coro::executor);
    const std::string expected = post + "3\r\nabc\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n";
    server.spawn(serve(*line.far, expected.size(), ok(""), request));
    const Outcome outcome =
        co_await converse(line.connection, upload({"abc", "0123456789abcdefg"}));
    co_await server.join();
    BOOST_TEST(outcome.keep_alive, outcome.error);
    BOOST_TEST(request == expected);
}

ASYNC_TEST_CASE(a_body_has_as_many_bytes_as_it_says) {
    Line line(co_await this_coro::executor);
    std::string request;
    TaskGroup server(co_await this_coro::executor);
    server.spawn(serve(*line.far, post.size() + 5, ok(""), request));
    const Outcome longer = co_await converse(line.connection, upload({"abc", "defg"}, 5));
    co_await server.join();
    BOOST_TEST(longer.keep_alive, longer.error);
    BOOST_TEST(request == post + "abcde", "a file that grows is cut where its length was");

    const Outcome shorter = co_await converse(line.connection, upload({"abc"}, 5));
    BOOST_TEST(shorter.error == "the body is shorter than it said");
}

ASYNC_TEST_CASE(a_response_that_refuses_ends_the_sending) {
    Line line(co_await this_coro::executor, {.capacity = 1000});
    co_await say(*line.far, too_large);
    const Outcome outcome =
        co_await converse(line.connection, {.head = post, .body = Body(std::string(1 << 20, 'b'))});
    BOOST_TEST(outcome.error == "");
    BOOST_TEST(outcome.status == 413U);
    BOOST_TEST(outcome.body == "large");
    BOOST_TEST(!outcome.keep_alive, "the server waits for the rest of the body for ever");
    BOOST_TEST(line.near.sent() < 2000U, "nothing more is sent");
}

ASYNC_TEST_CASE(a_response_ends_the_wait_for_input) {
    Line line(co_await this_coro::executor);
    co_await say(*line.far, too_large);
    const Outcome outcome = co_await converse(line.connection, upload({"abc", ""}));
    BOOST_TEST(outcome.error == "");
    BOOST_TEST(outcome.body == "large");
}

ASYNC_TEST_CASE(a_good_response_may_begin_before_the_body_is_sent) {
    Line line(co_await this_coro::executor, {.capacity = 1000});
    const std::string body(100'000, 'b');
    co_await say(*line.far, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    std::string request;
    TaskGroup server(co_await this_coro::executor);
    server.spawn(serve(*line.far, post.size() + body.size(), "0\r\n\r\n", request));
    const Outcome outcome = co_await converse(line.connection, {.head = post, .body = Body(body)});
    co_await server.join();
    BOOST_TEST(outcome.body == "abc", outcome.error);
    BOOST_TEST((request == post + body), "the server gets all of what it works on");
    BOOST_TEST(outcome.keep_alive);
}

ASYNC_TEST_CASE(an_error_of_sending_is_none_if_a_response_came) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const int descriptor = near.native_handle();
    Connection connection(std::make_unique<SocketStream>(std::move(near)), descriptor);
    co_await send_all(far, too_large);
    far.close();  // a reset answers what is sent from now on
    const Outcome outcome =
        co_await converse(connection, {.head = post, .body = Body(std::string(8 << 20, 'b'))});
    BOOST_TEST(outcome.error == "");
    BOOST_TEST(outcome.body == "large");
    BOOST_TEST(!outcome.keep_alive);
}

ASYNC_TEST_CASE(a_server_that_dies_is_no_end_of_a_body) {
    auto [near, far] = connected_pair(co_await this_coro::executor);
    const int descriptor = near.native_handle();
    Connection connection(std::make_unique<SocketStream>(std::move(near)), descriptor);
    co_await send_all(far, "HTTP/1.1 200 OK\r\n\r\nabc");
    reset(far);
    const Outcome outcome =
        co_await converse(connection, {.head = post, .body = Body(std::string(8 << 20, 'b'))});
    BOOST_TEST(outcome.error == "Connection reset by peer",
               "a body without a length ends with the connection, not with its death");
}

ASYNC_TEST_CASE(says_whether_anything_came) {
    const std::vector<std::pair<std::string, std::string>> cuts = {
        {"", "the server closed the connection without a response"},
        {"H", "the server closed the connection in the middle of the response"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab",
         "the server closed the connection in the middle of the response"}};
    for (const auto& [bytes, words] : cuts) {
        Line line(co_await this_coro::executor);
        co_await say(*line.far, bytes);
        co_await line.far->shut_down();
        const Outcome outcome = co_await converse(line.connection, {.head = get});
        BOOST_TEST(outcome.error == words);
        BOOST_TEST(outcome.answered == !bytes.empty());
    }
}

ASYNC_TEST_CASE(a_silent_server_is_given_up) {
    Line line(co_await this_coro::executor);
    std::optional<Outcome> outcome;
    TaskGroup client(co_await this_coro::executor);
    client.spawn(converse_into(outcome, line.connection, {.head = get}));
    co_await advance(20s);
    co_await say(*line.far, "HTTP/1.1 200 OK\r\n");
    co_await settle();
    co_await advance(20s);
    BOOST_TEST(!outcome.has_value(), "each byte is a sign of life");
    co_await advance(11s);
    co_await client.join();
    BOOST_TEST(outcome->error == "Connection timed out");
    BOOST_TEST(outcome->answered);
}

ASYNC_TEST_CASE(a_slow_server_is_not_a_silent_one) {
    constexpr std::size_t pace = 20'000;  // bytes that it takes in 20 seconds
    const std::size_t size = 12 * pace;
    const std::string half(size / 2, 'b');
    for (const OutgoingRequest& request : {OutgoingRequest{.head = post, .body = Body(half + half)},
                                           upload({half, half}, size), upload({half, half})}) {
        Line line(co_await this_coro::executor, {.capacity = pace});
        std::optional<Outcome> outcome;
        TaskGroup client(co_await this_coro::executor);
        client.spawn(converse_into(outcome, line.connection, request));
        for (std::size_t taken = 0; taken < size && !outcome;) {
            co_await advance(20s);
            const std::string piece = co_await hear(*line.far, 1);
            taken += piece.size();
            co_await settle();
        }
        BOOST_TEST(!outcome.has_value(), "whatever it takes is a sign of life");
        co_await say(*line.far, ok());
        co_await client.join();
        BOOST_TEST(outcome->error == "");
    }
}

ASYNC_TEST_CASE(waiting_for_input_is_no_silence_of_the_server) {
    Line line(co_await this_coro::executor);
    std::optional<Outcome> outcome;
    TaskGroup client(co_await this_coro::executor);
    client.spawn(converse_into(outcome, line.connection, upload({"abc", ""})));
    co_await advance(1h);
    BOOST_TEST(!outcome.has_value(), "the server waits for us");
    client.cancel();
    co_await client.join();
}

ASYNC_TEST_CASE(silence_counts_again_when_no_input_is_waited_for) {
    Line line(co_await this_coro::executor);
    std::optional<Outcome> outcome;
    TaskGroup client(co_await this_coro::executor);
    client.spawn(converse_into(outcome, line.connection, upload({"abc", ""})));
    co_await settle();
    co_await say(*line.far, too_large.substr(0, too_large.size() - 1));
    co_await settle();
    co_await advance(31s);
    BOOST_TEST(outcome.has_value(), "the response has ended the sending, and then come no further");
    client.cancel();
    co_await client.join();
    BOOST_TEST(outcome->error == "Connection timed out");
}

ASYNC_TEST_CASE(a_sink_may_have_enough) {
    Line line(co_await this_coro::executor, {.max_read = 10});
    co_await say(*line.far, ok(std::string(1000, 'b')));
    Keeping sink;
    sink.enough = 1;
    const Outcome outcome = co_await converse(line.connection, {.head = get}, sink);
    BOOST_TEST(outcome.error == "");
    BOOST_TEST(!outcome.body.empty());
    BOOST_TEST(outcome.body.size() < 1000U);
    BOOST_TEST(!outcome.keep_alive, "the rest of the body is in the way");
}

ASYNC_TEST_CASE(an_exchange_can_be_cancelled_while_it_sends) {
    Line line(co_await this_coro::executor, {.capacity = 1000});
    std::optional<Outcome> outcome;
    TaskGroup client(co_await this_coro::executor);
    client.spawn(converse_into(outcome, line.connection,
                               {.head = post, .body = Body(std::string(1 << 20, 'b'))}));
    co_await settle();
    BOOST_TEST(!outcome.has_value(), "nobody takes what is sent");
    client.cancel();
    co_await client.join();
    BOOST_TEST(outcome->error == "Operation canceled");
}

BOOST_AUTO_TEST_SUITE_END()
