// Recipe 11.9, whole handshakes: the test plays one side by bytes, or both run over a connection in
// memory.
#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "11_09_hmac_auth/challenge.hpp"
#include "11_09_hmac_auth/hmac_auth.hpp"
#include "11_09_hmac_auth_server.hpp"
#include "common/async/task_group.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"
#include "support/memory_stream.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::hmac_auth;
using namespace cookbook::testing;

constexpr std::size_t nonce_size = 32;
constexpr Options mutual = {.mutual = true};

// --- One side, played by bytes -------------------------------------------------------------------

/// What a server with this nonce expects of a client, and answers it.
std::string client_proof(const std::string& server_nonce, const std::string& client_nonce) {
    return mac_of_text("client" + server_nonce + client_nonce);
}
std::string server_proof(const std::string& server_nonce, const std::string& client_nonce) {
    return mac_of_text("server" + server_nonce + client_nonce);
}

asio::awaitable<std::string> receive_challenge(tcp::socket& socket) {
    const Waiting waiting("the server's challenge, 32 bytes");
    co_return co_await receive(socket, nonce_size);
}

/// A connection to the server of which `make_response` makes a response to the challenge.
template <typename MakeResponse>
asio::awaitable<tcp::socket> respond_to(AuthServer& server, MakeResponse make_response) {
    tcp::socket socket = co_await server.connect();
    const std::string challenge = co_await receive_challenge(socket);
    co_await send_all(socket, make_response(challenge));
    co_return socket;
}

/// The server ends the connection without a word.
asio::awaitable<void> expect_refusal(tcp::socket& socket, std::string what) {
    const Received received = co_await receive_to_end(socket);
    BOOST_TEST(received.data.empty(), "the server has sent " << received.data.size()
                                                             << " bytes in reply to " << what
                                                             << ": a stranger gets none");
    BOOST_TEST(
        (received.error == asio::error::eof || received.error == asio::error::connection_reset),
        "the connection ended with " << received.error.message());
}

asio::awaitable<void> expect_to_serve(AuthServer& server) {
    tcp::socket socket = co_await respond_to(
        server, [](const std::string& challenge) { return mac_of_text(challenge) + "hello"; });
    co_await expect(socket, "hello", "a client that knows the key is served");
}

/// How the client's side ends against a server of which the test chooses every byte: "" if well.
/// What the client has sent all in all is added to `sent`.
template <typename Play>
asio::awaitable<std::string> outcome_of_client(Options options, Play play) {
    SocketPair pair = connected_pair(co_await this_coro::executor);
    TaskGroup group(co_await this_coro::executor);
    group.spawn(play(std::move(pair.far)));
    std::string outcome;
    try {
        SocketStream stream(std::move(pair.near));
        co_await authenticate_to_server(stream, mac_of(), options);
    } catch (const boost::system::system_error& failure) {
        outcome = failure.code().message();
    }
    co_await group.join();
    co_return outcome;
}

std::string message_of(Error error) {
    return make_error_code(error).message();
}

// --- Both sides ----------------------------------------------------------------------------------

/// How each side has ended, "" if well.
struct Sides {
    std::string server;
    std::string client;
};

asio::awaitable<void> run_side(asio::awaitable<void> side, std::string& outcome) {
    try {
        co_await std::move(side);
    } catch (const boost::system::system_error& failure) {
        outcome = failure.code().message();
    }
}

/// Both have the key, and come to an end with each other, with whatever pieces the bytes come in.
asio::awaitable<void> expect_to_agree(Digest digest, Options options, MemoryPlan plan) {
    const Waiting waiting("both sides to end their handshake");
    const auto executor = co_await this_coro::executor;
    const MemoryPair pair = memory_pair(executor, plan, plan);
    Mac mac = mac_of(secret, digest);
    Sides sides;
    TaskGroup group(executor);
    group.spawn(run_side(authenticate_client(*pair.near, mac, options), sides.server));
    group.spawn(
        run_side(authenticate_to_server(*pair.far, mac_of(secret, digest), options), sides.client));
    co_await group.join();
    BOOST_TEST(sides.server == "", "the server refuses a client with the key");
    BOOST_TEST(sides.client == "", "the client refuses a server with the key");
    BOOST_TEST(pair.far->sent() == mac.size() + (options.mutual ? nonce_size : 0),
               "so many bytes the client sends, and not one more");
    BOOST_TEST(pair.near->sent() == nonce_size + (options.mutual ? mac.size() : 0),
               "so many bytes the server sends, and not one more");
}

constexpr Digest all_digests[] = {Digest::sha256, Digest::sha384, Digest::sha512, Digest::sha3_256,
                                  Digest::md5};

}  // namespace

BOOST_AUTO_TEST_SUITE(hmac_auth)

// --- Step 3: the plain handshake -----------------------------------------------------------------

ASYNC_TEST_CASE(lets_in_a_client_that_knows_the_key) {
    AuthServer server(co_await this_coro::executor);
    tcp::socket socket = co_await server.connect();
    const std::string challenge = co_await receive_challenge(socket);
    co_await settle();
    BOOST_TEST(socket.available() == 0U, "after 32 bytes of challenge the server waits");
    co_await send_all(socket, mac_of_text(challenge));
    co_await settle();
    BOOST_TEST(socket.available() == 0U, "there is no verdict: the server serves, or hangs up");
    co_await send_all(socket, "hello");
    co_await expect(socket, "hello", "a client that knows the key is served");
    socket.close();
    co_await server.end();
}

ASYNC_TEST_CASE(takes_a_response_in_any_pieces) {
    AuthServer server(co_await this_coro::executor);
    for (const std::size_t piece : {1U, 5U, 31U}) {
        tcp::socket socket = co_await server.connect();
        std::string response = mac_of_text(co_await receive_challenge(socket));
        while (!response.empty()) {
            co_await send_all(socket, response.substr(0, piece));
            co_await settle();
            response.erase(0, piece);
        }
        co_await send_all(socket, "hello");
        co_await expect(socket, "hello",
                        "32 bytes are a response however many segments they come in");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(leaves_what_follows_to_the_application) {
    AuthServer server(co_await this_coro::executor);
    tcp::socket socket = co_await respond_to(server, [](const std::string& challenge) {
        return mac_of_text(challenge) + "in the same segment";
    });
    co_await expect(socket, "in the same segment",
                    "what comes behind the response is the application's, and is echoed");
    socket.close();
    co_await server.end();
}

ASYNC_TEST_CASE(the_client_waits_for_the_whole_challenge) {
    const std::string challenge = to_text(make_nonce());
    std::string response;
    const auto play = [&](tcp::socket socket) -> asio::awaitable<void> {
        return [](tcp::socket server, const std::string& sent,
                  std::string& received) -> asio::awaitable<void> {
            co_await send_all(server, sent.substr(0, 10));
            co_await settle();
            BOOST_TEST(server.available() == 0U,
                       "the client responded to 10 bytes: recv(32) returns what has come so far");
            co_await send_all(server, sent.substr(10) + "and more");
            const Received all = co_await receive_to_end(server);
            received = all.data;
        }(std::move(socket), challenge, response);
    };
    const std::string outcome = co_await outcome_of_client({}, play);
    BOOST_TEST(outcome == "");
    BOOST_TEST((response == mac_of_text(challenge)),
               "the response is the MAC of the challenge's 32 bytes, and nothing besides");
}

ASYNC_TEST_CASE(both_sides_understand_each_other_in_every_digest) {
    for (const Digest digest : all_digests) {
        co_await expect_to_agree(digest, {}, {});
        co_await expect_to_agree(digest, {}, {.max_read = 1});
    }
}

ASYNC_TEST_CASE(refuses_every_other_response) {
    AuthServer server(co_await this_coro::executor);
    const struct {
        const char* what;
        std::string (*make)(const std::string& challenge);
    } wrong_responses[] = {
        {"a response whose first bit is wrong",
         [](const std::string& challenge) {
             std::string response = mac_of_text(challenge);
             response.front() = static_cast<char>(response.front() ^ '\x80');
             return response;
         }},
        {"a response whose last bit is wrong",
         [](const std::string& challenge) {
             std::string response = mac_of_text(challenge);
             response.back() = static_cast<char>(response.back() ^ '\x01');
             return response;
         }},
        {"a response under another key",
         [](const std::string& challenge) { return mac_of_text(challenge, "peekabop"); }},
        {"the beginning of a longer digest's response",
         [](const std::string& challenge) {
             return mac_of_text(challenge, secret, Digest::sha512).substr(0, 32);
         }},
        {"a response of another digest",
         [](const std::string& challenge) {
             return mac_of_text(challenge, secret, Digest::sha3_256);
         }},
        {"an MD5 response, twice",
         [](const std::string& challenge) {
             const std::string md5 = mac_of_text(challenge, secret, Digest::md5);
             return md5 + md5;
         }},
        {"the challenge itself", [](const std::string& challenge) { return challenge; }},
        {"the response in hex",
         [](const std::string& challenge) { return to_hex(mac_of_text(challenge)); }},
        {"zeros", [](const std::string&) { return std::string(32, '\0'); }},
        {"HTTP",
         [](const std::string&) {
             return "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + std::string(100'000, 'x');
         }},
    };
    for (const auto& [what, make] : wrong_responses) {
        tcp::socket socket = co_await server.connect();
        const std::string challenge = co_await receive_challenge(socket);
        co_await asio::async_write(socket, asio::buffer(make(challenge)), use_nothrow);
        co_await expect_refusal(socket, what);
    }
    co_await expect_to_serve(server);
    co_await server.end();
}

ASYNC_TEST_CASE(refuses_a_response_that_is_cut_short) {
    AuthServer server(co_await this_coro::executor);
    for (const std::size_t size : {0U, 1U, 16U, 31U}) {
        tcp::socket socket = co_await respond_to(server, [size](const std::string& challenge) {
            return mac_of_text(challenge).substr(0, size);
        });
        socket.shutdown(tcp::socket::shutdown_send);
        co_await expect_refusal(socket, std::to_string(size) + " bytes of the right response");
    }
    co_await expect_to_serve(server);
    co_await server.end();
}

ASYNC_TEST_CASE(no_response_is_good_twice) {
    AuthServer server(co_await this_coro::executor);
    tcp::socket first = co_await server.connect();
    const std::string recorded = mac_of_text(co_await receive_challenge(first));
    co_await send_all(first, recorded + "hello");
    co_await expect(first, "hello", "a client that knows the key is served");
    tcp::socket replay = co_await respond_to(server, [&](const std::string&) { return recorded; });
    co_await expect_refusal(replay, "a recorded response: each connection has its own challenge");
    first.close();
    co_await server.end();
}

ASYNC_TEST_CASE(no_response_is_good_in_another_connection) {
    AuthServer server(co_await this_coro::executor);
    tcp::socket first = co_await server.connect();
    tcp::socket second = co_await server.connect();
    const std::string of_first = mac_of_text(co_await receive_challenge(first));
    co_await receive_challenge(second);
    co_await send_all(second, of_first);
    co_await expect_refusal(second, "the response to another connection's challenge");
    co_await send_all(first, of_first + "hello");
    co_await expect(first, "hello", "nor does it spoil the connection that it belongs to");
    first.close();
    co_await server.end();
}

ASYNC_TEST_CASE(limits_the_handshake_as_a_whole) {
    // So long that a limit per read does not pass while this case waits.
    AuthServer server(co_await this_coro::executor, {.handshake_timeout = 60s});
    tcp::socket socket = co_await server.connect();
    const std::string response = mac_of_text(co_await receive_challenge(socket));
    for (std::size_t i = 0; i < 6; ++i) {  // at no time is it silent for long
        co_await asio::async_write(socket, asio::buffer(&response[i], 1), use_nothrow);
        co_await settle();
        co_await advance(11s);
    }
    const Waiting waiting("the server to refuse a byte every 11 s: 60 s are for all of them");
    co_await expect_refusal(socket, "a response that takes 66 s, when 60 s are allowed for it");
    co_await server.end();
}

ASYNC_TEST_CASE(the_limit_ends_with_the_handshake) {
    AuthServer server(co_await this_coro::executor, {.handshake_timeout = 5s},
                      {.idle_timeout = 60s});
    tcp::socket socket = co_await respond_to(
        server, [](const std::string& challenge) { return mac_of_text(challenge); });
    co_await settle();
    co_await advance(50s);
    co_await send_all(socket, "hello");
    co_await expect(socket, "hello", "a client that is in may be silent for the idle timeout");
    socket.close();
    co_await server.end();
}

ASYNC_TEST_CASE(silent_peers_keep_nobody_waiting) {
    AuthServer server(co_await this_coro::executor, {.handshake_timeout = 5s});
    std::vector<tcp::socket> silent;
    for (int i = 0; i < 20; ++i) {
        silent.push_back(co_await server.connect());
        co_await receive_challenge(silent.back());
    }
    co_await expect_to_serve(server);
    co_await advance(6s);
    for (tcp::socket& socket : silent) {
        co_await expect_refusal(socket, "silence");
    }
    co_await server.end();
}

ASYNC_TEST_CASE(the_client_does_not_wait_for_ever) {
    const auto say_little = [](tcp::socket socket) -> asio::awaitable<void> {
        return [](tcp::socket server) -> asio::awaitable<void> {
            co_await send_all(server, "a few bytes");
            co_await settle();
            co_await advance(4s);
            co_await send_all(server, "and a few more");
            co_await settle();
            co_await advance(4s);
            co_await receive_to_end(server);
        }(std::move(socket));
    };
    const std::string outcome = co_await outcome_of_client({.handshake_timeout = 5s}, say_little);
    BOOST_TEST(outcome == "Connection timed out",
               "a server's challenge did not come within 5 s, "
               "and the client ended with '"
                   << outcome << "'");
}

// --- Step 4: the mutual handshake ----------------------------------------------------------------

ASYNC_TEST_CASE(both_sides_prove_that_they_know_the_key) {
    for (const Digest digest : all_digests) {
        co_await expect_to_agree(digest, mutual, {});
        co_await expect_to_agree(digest, mutual, {.max_read = 1});
    }
}

ASYNC_TEST_CASE(a_mutual_server_speaks_by_the_book) {
    AuthServer server(co_await this_coro::executor, mutual);
    tcp::socket socket = co_await server.connect();
    const std::string theirs = co_await receive_challenge(socket);
    co_await settle();
    BOOST_TEST(socket.available() == 0U, "after its nonce the server waits for the client's proof");
    const std::string ours = to_text(make_nonce());
    co_await send_all(socket, ours + client_proof(theirs, ours) + "hello");
    co_await expect(socket, server_proof(theirs, ours) + "hello",
                    "the server proves itself by HMAC(key, \"server\" Ns Nc), then serves");
    socket.close();
    co_await server.end();
}

/// A server that is played by bytes: sends a nonce, takes the client's nonce and proof, sends what
/// `make_proof(server nonce, client nonce, client proof)` makes of them, and returns what else
/// comes.
template <typename MakeProof>
static asio::awaitable<void> play_server(tcp::socket socket, MakeProof make_proof,
                                         std::string& rest) {
    const std::string ours = to_text(make_nonce());
    co_await send_all(socket, ours);
    const std::string message = co_await receive(socket, nonce_size + 32);
    const std::string theirs = message.substr(0, nonce_size);
    const std::string proof = message.substr(nonce_size);
    BOOST_TEST((proof == client_proof(ours, theirs)),
               "the client proves itself by its nonce and HMAC(key, \"client\" Ns Nc)");
    co_await settle();
    BOOST_TEST(socket.available() == 0U, "the client has sent more before the server's proof");
    co_await send_all(socket, make_proof(ours, theirs, proof));
    const Received received = co_await receive_to_end(socket);
    rest = received.data;
}

ASYNC_TEST_CASE(a_mutual_client_speaks_by_the_book) {
    std::string rest;
    const std::string outcome = co_await outcome_of_client(mutual, [&](tcp::socket socket) {
        return play_server(
            std::move(socket),
            [](const std::string& server, const std::string& client, const std::string&) {
                return server_proof(server, client) + "hello";
            },
            rest);
    });
    BOOST_TEST(outcome == "", "the client refuses a server that knows the key");
}

ASYNC_TEST_CASE(a_client_finds_out_a_server_without_the_key) {
    const struct {
        const char* what;
        std::string (*make)(const std::string& server, const std::string& client,
                            const std::string& proof);
    } wrong_proofs[] = {
        {"the client's own proof, sent back",
         [](const std::string&, const std::string&, const std::string& proof) { return proof; }},
        {"zeros", [](const std::string&, const std::string&,
                     const std::string&) { return std::string(32, '\0'); }},
        {"a proof under another key",
         [](const std::string& server, const std::string& client, const std::string&) {
             return mac_of_text("server" + server + client, "a guess");
         }},
        {"the proof of an earlier connection",
         [](const std::string& server, const std::string&, const std::string&) {
             return server_proof(server, to_text(make_nonce()));
         }},
        {"a plain response to the client's nonce",
         [](const std::string&, const std::string& client, const std::string&) {
             return mac_of_text(client);
         }},
    };
    for (const auto& [what, make] : wrong_proofs) {
        std::string rest;
        const std::string outcome = co_await outcome_of_client(
            mutual, [&](tcp::socket socket) { return play_server(std::move(socket), make, rest); });
        BOOST_TEST(outcome == message_of(Error::wrong_proof),
                   "a server that proves itself by " << what << " is trusted");
        BOOST_TEST(rest == "", "the client has sent something to a server without the key");
    }
}

/// A server that knows the key and records what it says; or one that does not, and says that again.
static asio::awaitable<void> record_or_repeat(tcp::socket socket, std::string& nonce,
                                              std::string& proof) {
    const bool is_recorded = !proof.empty();
    if (!is_recorded) {
        nonce = to_text(make_nonce());
    }
    co_await send_all(socket, nonce);
    const std::string message = co_await receive(socket, nonce_size + 32);
    if (!is_recorded) {
        proof = server_proof(nonce, message.substr(0, nonce_size));
    }
    co_await send_all(socket, proof);
    co_await receive_to_end(socket);
}

ASYNC_TEST_CASE(a_recorded_server_is_not_trusted) {
    std::string nonce;
    std::string proof;
    const auto play = [&](tcp::socket socket) {
        return record_or_repeat(std::move(socket), nonce, proof);
    };
    const std::string first = co_await outcome_of_client(mutual, play);
    BOOST_TEST(first == "", "the client refuses a server that knows the key");
    const std::string second = co_await outcome_of_client(mutual, play);
    BOOST_TEST(second == message_of(Error::wrong_proof),
               "whoever has recorded one conversation is trusted by this client: its nonce is the "
               "same in each connection");
}

ASYNC_TEST_CASE(a_server_proves_itself_to_nobody_without_the_key) {
    AuthServer server(co_await this_coro::executor, mutual);
    tcp::socket good = co_await server.connect();
    const std::string their_first = co_await receive_challenge(good);
    const std::string our_first = to_text(make_nonce());
    const std::string recorded = our_first + client_proof(their_first, our_first);
    co_await send_all(good, recorded);
    co_await expect(good, server_proof(their_first, our_first), "the key opens the door");
    const struct {
        const char* what;
        std::string (*make)(const std::string& challenge, const std::string& recorded);
    } wrong_proofs[] = {
        {"a recorded proof",
         [](const std::string&, const std::string& earlier) { return earlier; }},
        {"the server's own nonce and zeros",
         [](const std::string& challenge, const std::string&) {
             return challenge + std::string(32, '\0');
         }},
        {"a proof with the server's tag",
         [](const std::string& challenge, const std::string&) {
             const std::string nonce = to_text(make_nonce());
             return nonce + server_proof(challenge, nonce);
         }},
        {"a proof without a tag",
         [](const std::string& challenge, const std::string&) {
             const std::string nonce = to_text(make_nonce());
             return nonce + mac_of_text(challenge + nonce);
         }},
        {"a plain response",
         [](const std::string& challenge, const std::string&) {
             return to_text(make_nonce()) + mac_of_text(challenge);
         }},
        {"a proof with one wrong bit",
         [](const std::string& challenge, const std::string&) {
             const std::string nonce = to_text(make_nonce());
             std::string proof = client_proof(challenge, nonce);
             proof.back() = static_cast<char>(proof.back() ^ '\x01');
             return nonce + proof;
         }},
        {"a proof of other nonces",
         [](const std::string& challenge, const std::string&) {
             return to_text(make_nonce()) + client_proof(challenge, to_text(make_nonce()));
         }},
    };
    for (const auto& [what, make] : wrong_proofs) {
        tcp::socket socket =
            co_await respond_to(server, [proof = make, &recorded](const std::string& challenge) {
                return proof(challenge, recorded);
            });
        co_await expect_refusal(socket, what);
    }
    good.close();
    co_await server.end();
}

ASYNC_TEST_CASE(plain_and_mutual_do_not_mix) {
    AuthServer plain(co_await this_coro::executor, {.handshake_timeout = 5s});
    AuthServer strict(co_await this_coro::executor, {.mutual = true, .handshake_timeout = 5s});
    tcp::socket socket = co_await respond_to(
        strict, [](const std::string& challenge) { return mac_of_text(challenge); });
    co_await settle();
    BOOST_TEST(socket.available() == 0U, "a plain response gets something out of a mutual server");
    co_await send_all(socket, std::string(32, 'x'));
    co_await expect_refusal(socket, "a plain response to a mutual server");

    tcp::socket other = co_await respond_to(plain, [](const std::string& challenge) {
        const std::string nonce = to_text(make_nonce());
        return nonce + client_proof(challenge, nonce);
    });
    co_await expect_refusal(other, "a mutual proof to a plain server");
    co_await plain.end();
    co_await strict.end();
}

ASYNC_TEST_CASE(a_mutual_client_says_that_the_server_has_hung_up) {
    for (const bool resets : {false, true}) {
        const std::string outcome = co_await outcome_of_client(mutual, [&](tcp::socket socket) {
            return [](tcp::socket server, bool by_reset) -> asio::awaitable<void> {
                co_await send_all(server, to_text(make_nonce()));
                co_await receive(server, nonce_size + 32);
                if (by_reset) {
                    reset(server);
                }
            }(std::move(socket), resets);
        });
        BOOST_TEST(outcome == message_of(Error::hung_up));
    }
}

BOOST_AUTO_TEST_SUITE_END()
