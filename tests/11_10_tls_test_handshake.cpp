// Recipe 11.10, the handshake and the trust in it, without a byte of data.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "11_10_tls_pair.hpp"
#include "11_10_tls_server.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::tls;
using namespace cookbook::testing;

asio::awaitable<void> note_handshake(TlsStream& stream, std::optional<error_code>& outcome) {
    outcome = co_await stream.handshake();
}

std::string words_of(const std::optional<error_code>& outcome) {
    return !outcome ? "still under way" : outcome->failed() ? outcome->message() : "done";
}

/// Both halves at once, until both have ended or nothing moves any more.
asio::awaitable<void> expect_agreement(TlsPlan plan, const char* how) {
    TlsPair pair(co_await this_coro::executor, plan);
    std::optional<error_code> client;
    std::optional<error_code> server;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(note_handshake(pair.client.stream, client));
    group.spawn(note_handshake(pair.server.stream, server));
    co_await settle();
    error_code ignored;
    pair.client.stream.close(ignored);
    pair.server.stream.close(ignored);
    co_await group.join();
    const std::string version = plan.version == TLS1_2_VERSION ? "TLS 1.2, " : "TLS 1.3, ";
    BOOST_TEST(words_of(client) == "done", version << how << ": the client's handshake is "
                                                   << words_of(client)
                                                   << ", but OpenSSL only wanted to read more");
    BOOST_TEST(words_of(server) == "done", version << how << ": the server's handshake is "
                                                   << words_of(server)
                                                   << ", but OpenSSL only wanted to read more");
}

asio::awaitable<void> expect_handshake(TlsPair& pair) {
    std::optional<error_code> client;
    std::optional<error_code> server;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(note_handshake(pair.client.stream, client));
    group.spawn(note_handshake(pair.server.stream, server));
    co_await group.join();
    BOOST_TEST_REQUIRE(words_of(client) == "done");
    BOOST_TEST_REQUIRE(words_of(server) == "done");
}

asio::awaitable<void> read_one_byte(Stream& stream, std::string& outcome) {
    char byte = 0;
    const auto [error, size] = co_await stream.read_some(asio::buffer(&byte, 1));
    outcome = error ? error.message() : std::string(1, byte);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_handshake)

ASYNC_TEST_CASE(comes_to_an_agreement_in_both_versions) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        co_await expect_agreement({.version = version}, "message by message");
    }
}

ASYNC_TEST_CASE(comes_to_an_agreement_byte_by_byte) {
    const MemoryPlan slow = {.max_read = 1, .max_write_now = 0, .capacity = 1};
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        co_await expect_agreement({.version = version, .client = slow, .server = slow},
                                  "byte by byte");
    }
}

ASYNC_TEST_CASE(knows_a_server_by_each_of_its_names) {
    const Certificates certificates;
    ServerCredentials credentials(
        certificates.server({.names = {"localhost", "*.example.com", "127.0.0.1", "::1"}}));
    TlsEchoServer server(co_await this_coro::executor, credentials);
    const ClientTrust trust(certificates.client());
    for (const char* name : {"localhost", "LocalHost", "localhost.", "www.example.com", "127.0.0.1",
                             "::1", "0:0::1"}) {
        std::string failure;
        try {
            co_await connect_tls(server.address(), name, trust);
        } catch (const std::system_error& refusal) {
            failure = refusal.code().message();
        }
        BOOST_TEST(failure == "",
                   "a certificate for localhost, *.example.com, 127.0.0.1 and ::1 is good for "
                       << name << ", but the client says: " << failure);
    }
    co_await server.end();
}

ASYNC_TEST_CASE(waits_although_another_connection_has_failed) {
    TlsPair pair(co_await this_coro::executor);
    co_await expect_handshake(pair);
    std::string outcome;
    TaskGroup group(co_await this_coro::executor);
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);  // left over by somebody on this thread
    group.spawn(read_one_byte(pair.server.stream, outcome));
    co_await settle();
    BOOST_TEST(outcome == "",
               "OpenSSL's errors are in a queue of the thread: this connection's read has ended by "
               "the error of another one, which was left there: "
                   << outcome);
    error_code ignored;
    pair.server.stream.close(ignored);
    co_await group.join();
}

ASYNC_TEST_CASE(a_server_that_waits_has_sent_its_ticket) {
    TlsPair pair(co_await this_coro::executor);
    co_await expect_handshake(pair);
    const std::size_t before = pair.server.below.sent();
    std::string outcome;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(read_one_byte(pair.server.stream, outcome));
    co_await settle();
    BOOST_TEST(pair.server.below.sent() > before,
               "OpenSSL has written a ticket, and the server waits for the client with the ticket "
               "unsent: what reading has written leaves before the read waits");
    error_code ignored;
    pair.server.stream.close(ignored);
    co_await group.join();
}

BOOST_AUTO_TEST_SUITE_END()
