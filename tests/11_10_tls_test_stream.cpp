// Recipe 11.10, the stream: over connections in memory, client and server in one thread.
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_10_tls/error.hpp"
#include "11_10_tls/tls_stream.hpp"
#include "11_10_tls_pair.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/memory_stream.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::tls;
using namespace cookbook::testing;
using namespace std::string_literals;

constexpr std::size_t record_overhead = 5 + 1 + 16;  // header, type, tag: AES-GCM in TLS 1.3

asio::awaitable<void> store_handshake(TlsStream& stream, error_code& error) {
    error = co_await stream.handshake();
}

struct HandshakeErrors {
    error_code client;
    error_code server;
};

asio::awaitable<HandshakeErrors> shake_hands(TlsStream& client, TlsStream& server) {
    HandshakeErrors errors;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(store_handshake(client, errors.client));
    group.spawn(store_handshake(server, errors.server));
    co_await group.join();
    co_return errors;
}

asio::awaitable<void> connect(TlsStream& client, TlsStream& server) {
    const HandshakeErrors errors = co_await shake_hands(client, server);
    BOOST_TEST_REQUIRE(!errors.client, "the client's handshake: " << errors.client.message());
    BOOST_TEST_REQUIRE(!errors.server, "the server's handshake: " << errors.server.message());
}

asio::awaitable<void> connect(TlsPair& pair) {
    return connect(pair.client.stream, pair.server.stream);
}

asio::awaitable<error_code> write(Stream& stream, std::string text) {
    const asio::const_buffer buffer = asio::buffer(text);
    const auto [error, n] = co_await stream.write({&buffer, 1});
    BOOST_TEST((error || n == text.size()));
    co_return error;
}

asio::awaitable<void> write_all(Stream& stream, std::string text) {
    const error_code error = co_await write(stream, std::move(text));
    BOOST_TEST(!error, "a write that should succeed: " << error.message());
}

std::size_t write_now(Stream& stream, std::string_view text, error_code& error) {
    const asio::const_buffer buffer = asio::buffer(text);
    return stream.write_now({&buffer, 1}, error);
}

/// What comes until the stream ends, or `size` bytes of it.
asio::awaitable<Received> read(Stream& stream, std::size_t size = std::string::npos) {
    Received received;
    std::array<char, 70'000> buffer;
    while (!received.error && received.data.size() < size) {
        const std::size_t room = std::min(buffer.size(), size - received.data.size());
        const auto [error, n] = co_await stream.read_some(asio::buffer(buffer, room));
        received.data.append(buffer.data(), n);
        received.error = error;
    }
    co_return received;
}

asio::awaitable<void> read_all(Stream& stream, std::string expected) {
    const Received received = co_await read(stream, expected.size());
    BOOST_TEST(!received.error, received.error.message());
    BOOST_TEST((received.data == expected), "what came is not what was sent");
}

asio::awaitable<void> read_into(Stream& stream, std::optional<Received>& result,
                                std::size_t size = std::string::npos) {
    Received received = co_await read(stream, size);
    result.emplace(std::move(received));
}

asio::awaitable<void> exchange(TlsPair& pair) {
    co_await write_all(pair.client.stream, "question");
    co_await read_all(pair.server.stream, "question");
    co_await write_all(pair.server.stream, "response");
    co_await read_all(pair.client.stream, "response");
}

std::string pattern(std::size_t size) {
    std::string text(size, ' ');
    for (std::size_t i = 0; i < size; ++i) {
        text[i] = static_cast<char>('a' + i * 7 % 31 % 26);
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls)

// --- Step 1: the handshake -----------------------------------------------------------------------

ASYNC_TEST_CASE(agrees_with_its_peer_in_both_versions) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsPair pair(co_await this_coro::executor, {.version = version});
        co_await connect(pair);
        co_await exchange(pair);
        const Agreement agreement = pair.client.stream.agreement();
        BOOST_TEST(agreement.version == (version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3"));
        BOOST_TEST(agreement.cipher == SSL_get_cipher_name(pair.server.ssl));
        BOOST_TEST(!agreement.alpn.has_value());
        BOOST_TEST(!agreement.resumed);
    }
}

ASYNC_TEST_CASE(a_handshake_may_come_byte_by_byte) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const MemoryPlan slow = {.max_read = 1, .max_write_now = 0, .capacity = 1};
        TlsPair pair(co_await this_coro::executor,
                     {.version = version, .client = slow, .server = slow});
        TaskGroup group(co_await this_coro::executor);
        co_await connect(pair);
        group.spawn(write_all(pair.client.stream, "question"));
        co_await read_all(pair.server.stream, "question");
        co_await group.join();
    }
}

ASYNC_TEST_CASE(each_side_says_why_it_refuses_the_other) {
    auto [near, far] = memory_pair(co_await this_coro::executor);
    TlsStream client(std::move(near), client_ssl(TLS1_3_VERSION, "example.com"));
    TlsStream server(std::move(far), server_ssl());
    const auto [client_error, server_error] = co_await shake_hands(client, server);
    BOOST_TEST(client_error.message() == "certificate verify failed: hostname mismatch");
    BOOST_TEST(server_error.message() == "sslv3 alert bad certificate",
               "the alert that says why must leave before the handshake ends");
    BOOST_TEST(is_alert(server_error));
    BOOST_TEST(!is_alert(client_error));
    const error_code again = co_await write(client, "secret");
    BOOST_TEST(again == client_error, "nothing is sent to a peer that was refused");
}

ASYNC_TEST_CASE(other_protocols_are_named) {
    const std::vector<std::pair<std::string, std::string>> peers = {
        {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "http request"},
        {"CONNECT example.com:443 HTTP/1.1\r\n\r\n", "https proxy request"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "wrong version number"},
        {"\x16\x03\x01\xff\xff" + std::string(100, 'x'), "packet length too long"},
    };
    for (const auto& [bytes, words] : peers) {
        auto [near, far] = memory_pair(co_await this_coro::executor);
        TlsStream server(std::move(far), server_ssl());
        co_await write_all(*near, bytes);
        const error_code error = co_await server.handshake();
        BOOST_TEST(error.message() == words);
    }
}

ASYNC_TEST_CASE(two_hundred_alerts_are_too_many) {
    auto [near, far] = memory_pair(co_await this_coro::executor);
    TlsStream server(std::move(far), server_ssl());
    for (int i = 0; i < 200; ++i) {
        co_await write_all(*near, bytes({21, 3, 3, 0, 2, 1, 90}));  // warning, user canceled
    }
    const error_code error = co_await server.handshake();
    BOOST_TEST(error.failed(), "a peer that sends nothing but warnings is kept");
}

// --- The whole conversation, cut -----------------------------------------------------------------

/// Client and server speak, each ends in order, and what the client has got is returned.
asio::awaitable<void> serve_once(TlsEnd& server, std::optional<Received>& request) {
    const error_code error = co_await server.stream.handshake();
    if (error) {
        request.emplace(Received{"", error});
    } else {
        co_await read_into(server.stream, request, 8);
        co_await write(server.stream, "response");
        co_await server.stream.shut_down();
        if (!request->error) {
            co_await read_into(server.stream, request);
        }
    }
    error_code ignored;
    server.below.close(ignored);
}

asio::awaitable<Received> ask_once(TlsEnd& client) {
    Received response;
    response.error = co_await client.stream.handshake();
    if (!response.error) {
        co_await write(client.stream, "question");
        co_await client.stream.shut_down();
        response = co_await read(client.stream);
    }
    error_code ignored;
    client.below.close(ignored);
    co_return response;
}

asio::awaitable<void> cut_after_every_byte(TlsPlan plan, MemoryPlan TlsPlan::* cut_side) {
    bool was_cut = true;
    for (std::size_t n = 0; was_cut; ++n) {
        (plan.*cut_side).cut_after = n;
        TlsPair pair(co_await this_coro::executor, plan);
        std::optional<Received> request;
        TaskGroup group(co_await this_coro::executor);
        group.spawn(serve_once(pair.server, request));
        const Received response = co_await ask_once(pair.client);
        co_await group.join();
        const bool to_server = cut_side == &TlsPlan::client;
        was_cut = (to_server ? pair.client : pair.server).below.sent() > n;
        const Received& cut = to_server ? *request : response;
        if (was_cut) {
            BOOST_TEST_REQUIRE((cut.error && cut.error != asio::error::eof),
                               "a stream cut after " << n << " bytes was taken for a whole one");
        } else {
            BOOST_TEST(cut.error == asio::error::eof);
            BOOST_TEST(cut.data == (to_server ? "" : "response"));
        }
    }
}

/// A thousand handshakes and more.
void cut_at_every_byte(int version, MemoryPlan TlsPlan::* cut_side) {
    run_async_case([=] { return cut_after_every_byte({.version = version}, cut_side); });
}

BOOST_AUTO_TEST_CASE(a_cut_to_the_server_is_never_taken_for_the_end) {
    cut_at_every_byte(TLS1_3_VERSION, &TlsPlan::client);
}

BOOST_AUTO_TEST_CASE(a_cut_to_the_client_is_never_taken_for_the_end) {
    cut_at_every_byte(TLS1_3_VERSION, &TlsPlan::server);
}

BOOST_AUTO_TEST_CASE(a_cut_to_the_server_in_1_2_is_never_taken_for_the_end) {
    cut_at_every_byte(TLS1_2_VERSION, &TlsPlan::client);
}

BOOST_AUTO_TEST_CASE(a_cut_to_the_client_in_1_2_is_never_taken_for_the_end) {
    cut_at_every_byte(TLS1_2_VERSION, &TlsPlan::server);
}

// --- Step 3: one send for many records -----------------------------------------------------------

ASYNC_TEST_CASE(many_records_leave_by_one_send) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const std::size_t before = pair.client.below.sends();
    const std::string text = pattern(256 << 10);
    co_await write_all(pair.client.stream, text);
    BOOST_TEST(pair.client.below.sends() - before == 1U,
               "256 KiB are 16 records: one send takes them all");
    co_await read_all(pair.server.stream, text);
}

ASYNC_TEST_CASE(a_large_write_leaves_in_batches) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const std::size_t before = pair.client.below.sends();
    const std::string text = pattern(10 << 20);
    co_await write_all(pair.client.stream, text);
    BOOST_TEST(pair.client.below.sends() - before == 40U);
    co_await read_all(pair.server.stream, text);
}

ASYNC_TEST_CASE(small_buffers_share_a_record) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const std::size_t before = pair.client.below.sent();
    const std::array<asio::const_buffer, 4> buffers = {
        asio::buffer("head: ", 6), asio::const_buffer(), asio::buffer("body", 4),
        asio::buffer("\n", 1)};
    error_code error;
    BOOST_TEST(pair.client.stream.write_now(buffers, error) == 11U);
    BOOST_TEST(!error);
    BOOST_TEST(pair.client.below.sent() - before == 11 + record_overhead,
               "the buffers of one write are one record, if they fit");
    co_await read_all(pair.server.stream, "head: body\n");
}

ASYNC_TEST_CASE(buffers_of_any_size_arrive_in_order) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const std::string text = pattern(200'000);
    std::vector<asio::const_buffer> buffers;
    for (std::size_t at = 0, size = 1; at < text.size(); at += size, size = size * 3 % 40'009) {
        buffers.push_back(asio::buffer(asio::buffer(text) + at, size));
    }
    const auto [error, n] = co_await pair.client.stream.write(buffers);
    BOOST_TEST(!error);
    BOOST_TEST(n == text.size());
    co_await read_all(pair.server.stream, text);
}

ASYNC_TEST_CASE(write_now_does_not_report_what_is_left) {
    TlsPair pair(co_await this_coro::executor, {.client = {.max_write_now = 1000}});
    co_await connect(pair);
    const std::string text = pattern(100'000);
    error_code error;
    BOOST_TEST(write_now(pair.client.stream, text, error) == 0U,
               "bytes that nobody will send were reported as sent");
    BOOST_TEST(error == asio::error::would_block);
    BOOST_TEST(write_now(pair.client.stream, text, error) == 0U);
    BOOST_TEST(error == asio::error::would_block);
    co_await write_all(pair.client.stream, text);
    co_await write_all(pair.client.stream, "and more");
    co_await read_all(pair.server.stream, text + "and more");
}

ASYNC_TEST_CASE(what_write_now_left_may_be_written_in_pieces) {
    TlsPair pair(co_await this_coro::executor, {.client = {.max_write_now = 1000}});
    co_await connect(pair);
    const std::string text = pattern(5000);
    error_code error;
    BOOST_TEST(write_now(pair.client.stream, text, error) == 0U);
    std::size_t sent = 0;
    for (const std::size_t size : {1000U, 2500U, 1500U}) {
        co_await write_all(pair.client.stream, text.substr(sent, size));
        sent += size;
    }
    co_await read_all(pair.server.stream, text);
    BOOST_TEST(pair.client.below.sent() < 10'000U, "something was encrypted twice");
}

ASYNC_TEST_CASE(write_now_reports_the_batches_that_have_left) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    pair.client.below.set_plan({.capacity = 700'000});
    const std::string text = pattern(1 << 20);
    error_code error;
    const std::size_t sent = write_now(pair.client.stream, text, error);
    BOOST_TEST(sent == 2U * (256 << 10));
    BOOST_TEST(!error);
    TaskGroup group(co_await this_coro::executor);
    group.spawn(write_all(pair.client.stream, text.substr(sent)));
    co_await read_all(pair.server.stream, text);
    co_await group.join();
}

// --- Reading while writing -----------------------------------------------------------------------

ASYNC_TEST_CASE(one_coroutine_reads_while_another_writes) {
    const MemoryPlan narrow = {.capacity = 1000};
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsPair pair(co_await this_coro::executor,
                     {.version = version, .client = narrow, .server = narrow});
        co_await connect(pair);
        const std::string text = pattern(1 << 20);
        TaskGroup group(co_await this_coro::executor);
        group.spawn(write_all(pair.client.stream, text));
        group.spawn(write_all(pair.server.stream, text));
        group.spawn(read_all(pair.client.stream, text));
        group.spawn(read_all(pair.server.stream, text));
        co_await group.join();
    }
}

ASYNC_TEST_CASE(keys_are_renewed_while_both_sides_write) {
    TlsPair pair(co_await this_coro::executor,
                 {.client = {.capacity = 50'000}, .server = {.capacity = 50'000}});
    co_await connect(pair);
    const std::string text = pattern(1 << 20);
    TaskGroup group(co_await this_coro::executor);
    group.spawn(write_all(pair.server.stream, text));
    group.spawn(read_all(pair.client.stream, text));
    group.spawn(read_all(pair.server.stream, text));
    for (std::size_t at = 0; at < text.size(); at += 1 << 16) {
        SSL_key_update(pair.client.ssl, SSL_KEY_UPDATE_REQUESTED);
        co_await write_all(pair.client.stream, text.substr(at, 1 << 16));
    }
    co_await group.join();
}

ASYNC_TEST_CASE(the_reply_to_a_key_update_leaves_with_the_next_write) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    co_await exchange(pair);
    SSL_key_update(pair.client.ssl, SSL_KEY_UPDATE_REQUESTED);
    co_await write_all(pair.client.stream, "x");
    co_await read_all(pair.server.stream, "x");
    const std::size_t before = pair.server.below.sent();
    const std::size_t sends = pair.server.below.sends();
    co_await write_all(pair.server.stream, "y");
    const std::size_t key_update = record_overhead + 5;  // RFC 8446, 4.6.3
    BOOST_TEST(pair.server.below.sent() - before == key_update + record_overhead + 1);
    BOOST_TEST(pair.server.below.sends() - sends == 1U);
    co_await read_all(pair.client.stream, "y");
    co_await exchange(pair);
}

ASYNC_TEST_CASE(reading_goes_on_while_the_peer_takes_nothing) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    pair.server.below.set_plan({.max_write_now = 0, .capacity = 0});  // the ticket cannot leave
    co_await write_all(pair.client.stream, "question");
    co_await read_all(pair.server.stream, "question");
    std::optional<Received> received;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(read_into(pair.server.stream, received, 1 << 20));
    co_await settle();
    const std::string text = pattern(1 << 20);
    co_await write_all(pair.client.stream, text);
    co_await group.join();
    BOOST_TEST((received->data == text), "a peer that writes before it reads waits for ever");
    pair.server.below.set_plan({});
    co_await write_all(pair.server.stream, "response");
    co_await read_all(pair.client.stream, "response");
    BOOST_TEST((pair.client.stream.session() != nullptr), "the ticket is lost");
}

ASYNC_TEST_CASE(what_reading_has_written_leaves_while_the_read_waits) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const std::size_t before = pair.server.below.sent();
    pair.server.below.set_plan({.max_write_now = 0, .capacity = 100});
    std::optional<Received> received;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(read_into(pair.server.stream, received, 1));
    co_await settle();
    BOOST_TEST(pair.server.below.sent() == before + 100);
    pair.server.below.set_plan({});
    co_await settle();
    BOOST_TEST(pair.server.below.sent() > before + 100, "the rest of the ticket stays behind");
    co_await write_all(pair.client.stream, "x");
    co_await group.join();
}

asio::awaitable<void> write_and_note(Stream& stream, std::string text,
                                     std::optional<error_code>& error) {
    error = co_await write(stream, std::move(text));
}

int add_to_ticket(SSL* ssl, void* bytes) {
    const auto& text = *static_cast<const std::string*>(bytes);
    return SSL_SESSION_set1_ticket_appdata(SSL_get_session(ssl), text.data(), text.size());
}

SSL_TICKET_RETURN take_ticket(SSL*, SSL_SESSION*, const unsigned char*, std::size_t,
                              SSL_TICKET_STATUS, void*) {
    return SSL_TICKET_RETURN_IGNORE;
}

ASYNC_TEST_CASE(writing_waits_for_the_rest_of_a_message_that_is_half_read) {
    const Owned<SSL_CTX> context = testing::detail::server_context(TLS1_3_VERSION);
    std::string long_ticket(3000, 'x');
    SSL_CTX_set_session_ticket_cb(context.get(), add_to_ticket, take_ticket, &long_ticket);
    SSL_CTX_set_max_send_fragment(context.get(), 512);  // the ticket takes several records
    TlsPair pair(co_await this_coro::executor, {.server_context = context.get()});
    co_await connect(pair);
    pair.server.below.set_plan({.max_write_now = 0, .capacity = 1000});
    TaskGroup group(co_await this_coro::executor);
    std::optional<Received> received;
    group.spawn(read_into(pair.server.stream, received, 5));
    co_await settle();
    pair.server.below.set_plan({.max_write_now = 0, .capacity = 0});
    std::optional<Received> response;
    group.spawn(read_into(pair.client.stream, response, 8));
    co_await settle();
    std::optional<error_code> written;
    group.spawn(write_and_note(pair.client.stream, "hello", written));
    co_await settle();
    BOOST_TEST(!written.has_value());
    pair.server.below.set_plan({});
    co_await settle();
    BOOST_TEST((written == error_code()), "a write that waited for the peer never went on");
    co_await write_all(pair.server.stream, "response");
    co_await group.join();
    BOOST_TEST(received->data == "hello");
    BOOST_TEST(response->data == "response");
}

// --- Tickets -------------------------------------------------------------------------------------

ASYNC_TEST_CASE(the_ticket_leaves_with_the_first_response) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const std::size_t sends = pair.server.below.sends();
    BOOST_TEST((pair.client.stream.session() == nullptr), "a ticket comes after the handshake");
    co_await write_all(pair.server.stream, "response");
    BOOST_TEST(pair.server.below.sends() - sends == 1U);
    co_await read_all(pair.client.stream, "response");
    BOOST_TEST((pair.client.stream.session() != nullptr), "the ticket never came");
}

ASYNC_TEST_CASE(the_ticket_leaves_before_the_server_waits) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const std::size_t before = pair.server.below.sent();
    std::optional<Received> received;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(read_into(pair.server.stream, received, 1));
    co_await settle();
    BOOST_TEST(pair.server.below.sent() > before, "a server that reads first keeps the ticket");
    co_await write_all(pair.client.stream, "x");
    co_await group.join();
}

ASYNC_TEST_CASE(a_session_is_resumed_whatever_became_of_its_connection) {
    const auto executor = co_await this_coro::executor;
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        const Owned<SSL_CTX> server = testing::detail::server_context(version);
        const Owned<SSL_CTX> client = testing::detail::client_context(version);
        Owned<SSL_SESSION> session;
        for (const bool resumed : {false, true}) {
            auto [near, far] = memory_pair(executor);
            Owned<SSL> client_half(SSL_new(client.get()));
            Owned<SSL> server_half(SSL_new(server.get()));
            SSL_set_connect_state(client_half.get());
            SSL_set_accept_state(server_half.get());
            SSL_set_session(client_half.get(), session.get());
            TlsStream near_stream(std::move(near), std::move(client_half));
            TlsStream far_stream(std::move(far), std::move(server_half));
            co_await connect(near_stream, far_stream);
            co_await write_all(far_stream, "x");
            co_await read_all(near_stream, "x");
            BOOST_TEST(near_stream.agreement().resumed == resumed);
            session = near_stream.session();  // and the connection ends without a close_notify
        }
    }
}

// --- Step 4: the end -----------------------------------------------------------------------------

ASYNC_TEST_CASE(a_close_notify_is_the_end_of_file) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsPair pair(co_await this_coro::executor, {.version = version});
        co_await connect(pair);
        co_await write_all(pair.client.stream, "the last");
        co_await pair.client.stream.shut_down();
        for (int i = 0; i < 2; ++i) {
            const Received received = co_await read(pair.server.stream);
            BOOST_TEST(received.data == (i == 0 ? "the last" : ""));
            BOOST_TEST(received.error == asio::error::eof,
                       "an orderly end: close_notify, then FIN");
        }
        co_await write_all(pair.server.stream, "the other half goes on");
        co_await read_all(pair.client.stream, "the other half goes on");
        const error_code error = co_await write(pair.client.stream, "x");
        BOOST_TEST(error == asio::error::broken_pipe, "after a close_notify nothing can be sent");
    }
}

ASYNC_TEST_CASE(an_end_without_a_close_notify_is_a_truncation) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsPair pair(co_await this_coro::executor, {.version = version});
        co_await connect(pair);
        co_await write_all(pair.client.stream, "the last");
        co_await pair.client.below.shut_down();
        const Received received = co_await read(pair.server.stream);
        BOOST_TEST(received.data == "the last", "what had come is the reader's all the same");
        BOOST_TEST((received.error == Error::stream_truncated),
                   "anybody can send a FIN: an end without close_notify is no end");
        BOOST_TEST(received.error.message() == "stream truncated");
    }
}

ASYNC_TEST_CASE(a_changed_byte_ends_the_connection_with_an_alert) {
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        TlsPair pair(co_await this_coro::executor, {.version = version});
        co_await connect(pair);
        co_await exchange(pair);
        // A record of application data that nobody has encrypted.
        co_await write_all(pair.client.below, bytes({23, 3, 3, 0, 40}) + std::string(40, 'x'));
        const Received received = co_await read(pair.server.stream);
        BOOST_TEST(received.error.message() == "decryption failed or bad record mac");
        const std::size_t sent = pair.server.below.sent();
        co_await pair.server.stream.shut_down();
        BOOST_TEST(pair.server.below.sent() == sent,
                   "after a fatal error there is nothing to notify anybody of");
        const Received alert = co_await read(pair.client.stream);
        BOOST_TEST(alert.error.message() == "sslv3 alert bad record mac",
                   "the peer is told what was wrong");
        const error_code again = co_await write(pair.server.stream, "x");
        BOOST_TEST(again == received.error, "a connection that has failed stays so");
    }
}

/// Leaves an error in this thread's queue, as a connection that has failed may.
void leave_error() {
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_LENGTH);
}

ASYNC_TEST_CASE(one_connection_does_not_see_the_error_of_another) {
    TlsPair pair(co_await this_coro::executor);
    std::optional<Received> received;
    leave_error();
    co_await connect(pair);
    TaskGroup group(co_await this_coro::executor);
    leave_error();
    group.spawn(read_into(pair.server.stream, received, 8));
    co_await settle();
    BOOST_TEST(!received.has_value(), "a healthy connection has failed by another's error");
    leave_error();
    co_await write_all(pair.client.stream, "question");
    co_await group.join();
    leave_error();
    co_await pair.client.stream.shut_down();
    const Received end = co_await read(pair.server.stream);
    BOOST_TEST(end.error == asio::error::eof);
    // And none of its own is left for the next.
    co_await write_all(pair.server.below, bytes({23, 3, 3, 0, 40}) + std::string(40, 'x'));
    const Received broken = co_await read(pair.client.stream);
    BOOST_TEST(broken.error.failed());
    BOOST_TEST(ERR_peek_error() == 0U, "what went wrong here is left in the thread's queue");
}

ASYNC_TEST_CASE(renegotiation_is_refused) {
    TlsPair pair(co_await this_coro::executor, {.version = TLS1_2_VERSION});
    co_await connect(pair);
    SSL_clear_options(pair.client.ssl, SSL_OP_NO_RENEGOTIATION);
    BOOST_TEST_REQUIRE(SSL_renegotiate(pair.client.ssl) == 1);
    SSL_do_handshake(pair.client.ssl);  // appends its hello
    TaskGroup group(co_await this_coro::executor);
    std::optional<Received> received;
    group.spawn(read_into(pair.server.stream, received));
    const Received refusal = co_await read(pair.client.stream);
    BOOST_TEST(refusal.error.message() == "no renegotiation");
    error_code ignored;
    pair.client.stream.close(ignored);
    co_await group.join();
}

// --- Being cancelled -----------------------------------------------------------------------------

/// What a read comes to that is cancelled, or whose stream is closed, while it waits.
static asio::awaitable<Received> interrupted_read(TlsStream& stream,
                                                  void (TlsStream::*interrupt)(error_code&)) {
    std::optional<Received> received;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(read_into(stream, received));
    co_await settle();
    error_code error;
    (stream.*interrupt)(error);
    co_await group.join();
    co_return *received;
}

ASYNC_TEST_CASE(a_cancelled_read_leaves_the_stream_open) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const Received received = co_await interrupted_read(pair.server.stream, &TlsStream::cancel);
    BOOST_TEST(received.error == asio::error::operation_aborted);
    co_await exchange(pair);
}

ASYNC_TEST_CASE(a_cancelled_write_goes_on_where_it_was) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    co_await exchange(pair);
    pair.client.below.set_plan({.capacity = 300'000});
    const std::string text = pattern(1 << 20);
    const asio::const_buffer whole = asio::buffer(text);
    TaskGroup group(co_await this_coro::executor);
    std::optional<error_code> outcome;
    group.spawn(write_and_note(pair.client.stream, text, outcome));
    co_await settle();
    error_code error;
    pair.client.stream.cancel(error);
    co_await group.join();
    BOOST_TEST((outcome == asio::error::operation_aborted));
    // One batch had left.
    group.spawn(read_all(pair.server.stream, text));
    const asio::const_buffer rest = whole + (256 << 10);
    const auto [write_error, n] = co_await pair.client.stream.write({&rest, 1});
    BOOST_TEST(!write_error, write_error.message());
    BOOST_TEST(n == rest.size());
    co_await group.join();
}

ASYNC_TEST_CASE(closing_ends_what_is_under_way) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const Received received = co_await interrupted_read(pair.server.stream, &TlsStream::close);
    BOOST_TEST(received.error == asio::error::operation_aborted);
    const Received cut = co_await read(pair.client.stream);
    BOOST_TEST((cut.error == Error::stream_truncated));
}

// --- Memory --------------------------------------------------------------------------------------

ASYNC_TEST_CASE(an_idle_connection_holds_little) {
    TlsPair pair(co_await this_coro::executor);
    co_await connect(pair);
    const std::string text = pattern(1 << 20);
    co_await write_all(pair.client.stream, text);
    co_await read_all(pair.server.stream, text);
    BOOST_TEST(pair.server.below.room() > 16'000U, "one receive brings many records");
    std::optional<Received> received;
    TaskGroup group(co_await this_coro::executor);
    group.spawn(read_into(pair.server.stream, received, 1));
    co_await settle();
    BOOST_TEST(pair.server.below.room() <= 4096U, "a connection that waits holds a large buffer");
    co_await write_all(pair.client.stream, "x");
    co_await group.join();
}

ASYNC_TEST_CASE(runs_over_itself) {
    auto [near, far] =
        memory_pair(co_await this_coro::executor, {.max_write_now = 100, .capacity = 5000},
                    {.max_read = 10, .capacity = 5000});
    auto outer_client = std::make_unique<TlsStream>(std::move(near), client_ssl());
    auto outer_server = std::make_unique<TlsStream>(std::move(far), server_ssl());
    co_await connect(*outer_client, *outer_server);
    TlsStream client(std::move(outer_client), client_ssl());
    TlsStream server(std::move(outer_server), server_ssl());
    co_await connect(client, server);
    const std::string text = pattern(300'000);
    TaskGroup group(co_await this_coro::executor);
    group.spawn(write_all(client, text));
    co_await read_all(server, text);
    co_await group.join();
}

BOOST_AUTO_TEST_SUITE_END()
