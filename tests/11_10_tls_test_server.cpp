// Recipe 11.10, the server: what it does with peers that do not speak TLS, or do not end in order.
#include <array>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "11_10_tls/error.hpp"
#include "11_10_tls_server.hpp"
#include "common/async/task_group.hpp"
#include "common/http/server.hpp"
#include "support/async_case.hpp"
#include "support/child_process.hpp"
#include "support/clock.hpp"
#include "support/http_server.hpp"
#include "support/loopback.hpp"
#include "support/system_calls.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::tls;
using namespace cookbook::testing;
using namespace std::string_literals;

/// A server, and a client that trusts it.
struct Echo {
    explicit Echo(const asio::any_io_executor& executor, Limits limits = {},
                  asio::steady_timer::duration handshake_timeout = 10s)
        : credentials(options(certificates, handshake_timeout)),
          server(executor, credentials, limits),
          trust(certificates.client()) {}

    asio::awaitable<void> expect_to_serve(std::string after) {
        const std::string failure = co_await failure_of(server.address(), "localhost", trust);
        BOOST_TEST(failure == "",
                   "after " << after << " the next client is not served: " << failure);
    }

    Certificates certificates;
    ServerCredentials credentials;
    TlsEchoServer server;
    ClientTrust trust;

private:
    static ServerOptions options(const Certificates& certificates,
                                 asio::steady_timer::duration handshake_timeout) {
        ServerOptions options = certificates.server();
        options.handshake_timeout = handshake_timeout;
        return options;
    }
};

/// A record's header, and so many bytes.
std::string record(int type, std::size_t size) {
    return bytes({type, 3, 3, static_cast<int>(size >> 8U), static_cast<int>(size & 0xffU)}) +
           std::string(size, 'x');
}

std::string pseudo_random(std::size_t size) {
    std::string text;
    for (unsigned state = 1; text.size() < size; state = state * 1103515245U + 12345U) {
        text += static_cast<char>(state >> 16U);
    }
    return text;
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) {
        all += text;
    }
    return all;
}

/// Sends, and reads until the server's end; what it fails to take does not matter.
asio::awaitable<Received> insult(tcp::endpoint server, std::string data) {
    tcp::socket client = co_await connect_to(server);
    co_await asio::async_write(client, asio::buffer(data), use_nothrow);
    co_return co_await receive_to_end(client);
}

asio::awaitable<void> say(Stream& stream, std::string text) {
    const asio::const_buffer data = asio::buffer(text);
    co_await stream.write({&data, 1});
}

asio::awaitable<error_code> read_error(Stream& stream) {
    const Waiting waiting("the server's end");
    std::array<char, 100> buffer{};
    const auto [error, size] = co_await stream.read_some(asio::buffer(buffer));
    co_return size > 0 ? error_code() : error;
}

asio::awaitable<void> connect_and_wait(tcp::socket socket, const ClientTrust& trust) {
    const auto stream =
        co_await start_tls(std::make_unique<SocketStream>(std::move(socket)), "localhost", trust);
    co_await read_error(*stream);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_server)

ASYNC_TEST_CASE(hangs_up_on_whoever_speaks_no_tls) {
    Echo echo(co_await this_coro::executor);
    const auto sslv2_hello = [](int major, int minor) {
        return bytes({0x80, 0x2e, 1, major, minor, 0, 21, 0, 0, 0, 16}) + std::string(21 + 16, 'x');
    };
    // A ClientHello that claims 16 MiB, in as many records as the server takes.
    const std::string endless = bytes({22, 3, 1, 0x40, 0, 1, 0xff, 0xff, 0xff, 3, 3}) +
                                std::string(16384 - 6, 'x') + repeated(record(22, 16384), 20);
    const struct {
        const char* what;
        std::string data;
    } insults[] = {
        {"HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"},
        {"a request for a tunnel", "CONNECT localhost:443 HTTP/1.1\r\n\r\n"},
        {"SSLv2", sslv2_hello(0, 2)},
        {"TLS 1.0 in an SSLv2 hello", sslv2_hello(3, 1)},
        {"random bytes", pseudo_random(10000)},
        {"zeros", std::string(10000, '\0')},
        {"a record that is too large", record(22, 0xffff)},
        {"data before the handshake", record(23, 100)},
        {"an endless hello", endless},
        {"alerts", repeated(bytes({21, 3, 3, 0, 2, 1, 90}), 200)},
    };
    for (const auto& [what, data] : insults) {
        const Waiting waiting("the end of a connection with "s + what);
        const Received received = co_await insult(echo.server.endpoint(), data);
        BOOST_TEST(received.data.size() < 100U, "the response to " << what);
        co_await echo.expect_to_serve(what);
    }
    co_await echo.server.end();
}

ASYNC_TEST_CASE(lets_silent_peers_delay_nobody) {
    Echo echo(co_await this_coro::executor);
    constexpr std::size_t count = 200;
    std::vector<tcp::socket> silent;
    while (silent.size() < count) {
        silent.push_back(co_await echo.server.connect());
    }
    co_await echo.expect_to_serve("200 peers that say nothing");
    co_await settle();
    co_await advance(11s);
    for (tcp::socket& socket : silent) {
        const Received received = co_await receive_to_end(socket);
        BOOST_TEST(received.error == asio::error::eof,
                   "a peer that says nothing is hung up on after the handshake's limit");
    }
    co_await echo.server.end();
}

ASYNC_TEST_CASE(limits_the_handshake_as_a_whole) {
    Echo echo(co_await this_coro::executor);
    tcp::socket client = co_await echo.server.connect();
    // The beginning of a hello, a byte a second: at no time is it silent for long.
    const std::string hello = bytes({22, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3});
    for (const char byte : hello) {
        co_await asio::async_write(client, asio::buffer(&byte, 1), use_nothrow);
        co_await settle();
        co_await advance(1s);
    }
    co_await expect_eof(client, "10 s are for the handshake as a whole, not for each byte");
    co_await echo.server.end();
}

ASYNC_TEST_CASE(ends_in_order_when_the_client_does) {
    Echo echo(co_await this_coro::executor);
    const auto stream = co_await connect_tls(echo.server.address(), "localhost", echo.trust);
    const Waiting waiting("the server's echo, and its end");
    co_await say(*stream, "hello");
    co_await stream->shut_down();
    std::string buffer(100, '\0');
    const auto [error, size] = co_await stream->read_some(asio::buffer(buffer));
    BOOST_TEST(buffer.substr(0, size) == "hello",
               "what the server owes comes before its end, not: " << error.message());
    const error_code end = co_await read_error(*stream);
    BOOST_TEST(end == asio::error::eof,
               "the server says close_notify, too, but the client reads: " << end.message());
    co_await echo.server.end();
}

ASYNC_TEST_CASE(says_goodbye_when_it_stops) {
    Echo echo(co_await this_coro::executor);
    const auto stream = co_await connect_tls(echo.server.address(), "localhost", echo.trust);
    const std::string hello = co_await ask(*stream, "hello");
    BOOST_TEST(hello == "hello");
    echo.server.stop();
    const error_code end = co_await read_error(*stream);
    BOOST_TEST(end == asio::error::eof,
               "a server that stops says close_notify, but the client "
               "reads: "
                   << end.message());
    co_await stream->shut_down();
    co_await echo.server.join();
}

ASYNC_TEST_CASE(hears_the_order_to_end_at_every_moment_of_a_handshake) {
    const Certificates certificates;
    ServerCredentials credentials(certificates.server());
    const ClientTrust trust(certificates.client());
    const auto executor = co_await this_coro::executor;
    bool is_served = false;
    auto serve = over_tls(credentials, [&](Stream& stream) {
        is_served = true;
        return echo(stream, 60s);
    });
    int moment = 0;
    while (!is_served) {
        ++moment;
        auto [near, far] = connected_pair(executor);
        int receives = 0;
        // So small that most have come already when the server asks for them.
        const Registration small_pieces(
            [&receives, server = far.native_handle()](Call call, int descriptor, Effect& effect) {
                if (descriptor == server && (call == Call::recv || call == Call::recvmsg)) {
                    effect.most = 40;
                    ++receives;
                }
            });
        TaskGroup server(executor);
        TaskGroup client(executor);
        server.spawn(log_failure(serve(std::move(far))));
        client.spawn(log_failure(connect_and_wait(std::move(near), trust)));
        while (receives < moment && !is_served) {
            co_await asio::post(executor, use_awaitable);
        }
        if (!is_served) {
            server.cancel(asio::cancellation_type::total);
            co_await settle();
            BOOST_TEST(server.size() == 0U, "the order was lost at receive " << moment);
        }
        BOOST_TEST((!is_served || moment > 5), "no more than " << moment << " receives were met");
        server.cancel();
        client.cancel();
        co_await server.join();
        co_await client.join();
    }
}

ASYNC_TEST_CASE(says_goodbye_to_an_idle_client) {
    Echo echo(co_await this_coro::executor, {.idle_timeout = 30s});
    const auto stream = co_await connect_tls(echo.server.address(), "localhost", echo.trust);
    co_await ask(*stream, "hello");
    co_await settle();
    co_await advance(31s);
    const error_code end = co_await read_error(*stream);
    BOOST_TEST(end == asio::error::eof, "the client reads: " << end.message());
    co_await stream->shut_down();
    co_await echo.server.end();
}

ASYNC_TEST_CASE(survives_clients_that_vanish) {
    Echo echo(co_await this_coro::executor);
    auto stream = co_await connect_tls(echo.server.address(), "localhost", echo.trust);
    co_await ask(*stream, "hello");
    stream.reset();  // without a close_notify
    co_await echo.expect_to_serve("a client that vanished");
    tcp::socket client = co_await echo.server.connect();
    co_await settle();
    reset(client);
    co_await echo.expect_to_serve("a client that reset its handshake");
    co_await echo.server.end();
}

ASYNC_TEST_CASE(serves_no_more_clients_than_it_is_allowed) {
    Echo echo(co_await this_coro::executor, {.max_connections = 1});
    tcp::socket silent = co_await echo.server.connect();
    co_await settle();
    tcp::socket waiting = co_await echo.server.connect();
    co_await settle();
    silent.close();
    const auto stream = co_await start_tls(std::make_unique<SocketStream>(std::move(waiting)),
                                           "localhost", echo.trust);
    const std::string hello = co_await ask(*stream, "hello");
    BOOST_TEST(hello == "hello");
    co_await stream->shut_down();
    co_await echo.server.end();
}

ASYNC_TEST_CASE(gives_any_web_application_https) {
    const Certificates certificates;
    const auto executor = co_await this_coro::executor;
    ServerCredentials credentials(certificates.server());
    RunningServer server(executor, {}, [&](tcp::acceptor acceptor) {
        const auto application = [](http::Request& request) {
            http::Response response(http::status::ok, "text/plain");
            response.data() = "hello, " + std::string(request.path);
            return response;
        };
        return http::serve(std::move(acceptor), {}, application, over_tls(credentials));
    });
    const ClientTrust trust(certificates.client());
    const HostPort address{.port = server.endpoint().port()};
    const auto stream = co_await connect_tls(address, "localhost", trust);
    co_await say(*stream, "GET /world HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    std::string response;
    error_code error;
    while (!error) {
        std::array<char, 1000> piece{};
        const auto [read_failure, size] = co_await stream->read_some(asio::buffer(piece));
        response.append(piece.data(), size);
        error = read_failure;
    }
    BOOST_TEST(body_of(response) == "hello, /world");
    BOOST_TEST(error == asio::error::eof, "the end is close_notify, but: " << error.message());

    const std::filesystem::path curl = "/usr/bin/curl";
    if (std::filesystem::exists(curl)) {
        const std::string url = "https://localhost:" + std::to_string(address.port) + "/curl";
        ChildProcess child(executor, curl,
                           {"--silent", "--show-error", "--cacert", certificates.file("ca.pem"),
                            "--ipv4", "--noproxy", "*", url});
        const std::string output = co_await child.read_output();
        const std::string errors = co_await child.read_errors();
        const ExitStatus status = co_await child.wait();
        BOOST_TEST(output == "hello, /curl", "curl says: " << errors << to_string(status));
    }
    co_await server.end();
}

BOOST_AUTO_TEST_SUITE_END()
