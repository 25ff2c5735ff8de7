// Recipe 11.10, who trusts whom: certificates, names, sessions, and files that change.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "11_10_tls/make_certs.hpp"
#include "11_10_tls/options.hpp"
#include "11_10_tls/pem.hpp"
#include "11_10_tls/session_file.hpp"
#include "11_10_tls_server.hpp"
#include "support/async_case.hpp"
#include "support/clock.hpp"
#include "support/loopback.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::tls;
using namespace cookbook::testing;
using namespace std::string_literals;

const std::string verify_failed = "certificate verify failed: ";

/// What a client that looks for `name` says of a server with the certificate.
asio::awaitable<std::string> verdict(IssuedCertificate issued, std::string name,
                                     const Certificates& certificates) {
    ServerCredentials credentials(certificates.server(issued));
    TlsEchoServer server(co_await this_coro::executor, credentials);
    const ClientTrust trust(certificates.client());
    std::string failure = co_await failure_of(server.address(), std::move(name), trust);
    co_await server.end();
    co_return failure;
}

asio::awaitable<std::unique_ptr<TlsStream>> connect_to_echo(const TlsEchoServer& server,
                                                            const ClientTrust& trust,
                                                            SSL_SESSION* session = nullptr) {
    const Waiting waiting("a handshake");
    return connect_tls(server.address(), "localhost", trust, session);
}

/// The session of a connection on which something has been received.
asio::awaitable<Owned<SSL_SESSION>> session_of(const TlsEchoServer& server,
                                               const ClientTrust& trust) {
    const auto stream = co_await connect_to_echo(server, trust);
    co_await ask(*stream, "hello");
    Owned<SSL_SESSION> session = stream->session();
    BOOST_TEST_REQUIRE((session != nullptr), "no ticket came with the first echo");
    co_return session;
}

asio::awaitable<bool> is_resumed(const TlsEchoServer& server, const ClientTrust& trust,
                                 SSL_SESSION* session) {
    const auto stream = co_await connect_to_echo(server, trust, session);
    const std::string echo = co_await ask(*stream, "hello");
    BOOST_TEST(echo == "hello");
    co_return stream->agreement().resumed;
}

/// A server and its files.
struct ReloadingServer {
    ReloadingServer(const asio::any_io_executor& executor, ServerOptions options)
        : credentials(std::move(options)), server(executor, credentials) {}

    ServerCredentials credentials;
    TlsEchoServer server;
};

/// Sends a SIGHUP, and returns when all that it sets off has been done.
asio::awaitable<void> hang_up() {
    co_await settle();  // or the signal may come before anybody waits for it, and end the process
    std::raise(SIGHUP);
    co_await settle();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_certificates)

ASYNC_TEST_CASE(talks_to_a_server_by_each_of_its_names) {
    const Certificates certificates;
    const IssuedCertificate issued =
        certificates.authority.issue({.names = {"localhost", "*.example.com", "127.0.0.1", "::1"}});
    for (const char* name : {"localhost", "LocalHost", "localhost.", "www.example.com", "127.0.0.1",
                             "::1", "0:0::1"}) {
        const std::string failure = co_await verdict(issued, name, certificates);
        BOOST_TEST(failure == "",
                   "a certificate for localhost, *.example.com, 127.0.0.1 and ::1 "
                   "is good for "
                       << name << ", but the client says: " << failure);
    }
}

ASYNC_TEST_CASE(refuses_a_certificate_for_another_name) {
    const Certificates certificates;
    const std::string mismatch = verify_failed + "hostname mismatch";
    const std::string address_mismatch = verify_failed + "IP address mismatch";
    const struct {
        Subject subject;
        const char* name;
        const std::string& failure;
        const char* rule;
    } cases[] = {
        {{.names = {"example.com"}}, "localhost", mismatch, "the name is another"},
        {{.common_name = "localhost", .names = {}},
         "localhost",
         mismatch,
         "names are in subjectAltName; CN has not counted for years (RFC 9525, 2)"},
        {{.names = {"*.example.com"}},
         "a.b.example.com",
         mismatch,
         "`*` is one label (RFC 9525, 6.3)"},
        {{.names = {"*.example.com"}}, "example.com", mismatch, "`*` is one label, not none"},
        {{.names = {"w*.example.com"}},
         "www.example.com",
         mismatch,
         "`*` is a whole label (RFC 9525, 6.3)"},
        {{.names = {"127.0.0.2"}}, "127.0.0.1", address_mismatch, "the address is another"},
        {{.names = {"localhost"}},
         "127.0.0.1",
         address_mismatch,
         "whoever looks for an address wants an entry of type IP"},
        {{.names = {"127.0.0.1"}}, "localhost", mismatch, "an address is no name"},
    };
    for (const auto& [subject, name, expected, rule] : cases) {
        const IssuedCertificate issued = certificates.authority.issue(subject);
        const std::string failure = co_await verdict(issued, name, certificates);
        BOOST_TEST(failure == expected, "a client that looks for " << name << " says '" << failure
                                                                   << "' instead of '" << expected
                                                                   << "': " << rule);
    }
}

ASYNC_TEST_CASE(refuses_a_certificate_that_nobody_vouches_for) {
    const Certificates certificates;
    IssuedCertificate incomplete = certificates.authority.issue();
    incomplete.chain = incomplete.leaf;
    const struct {
        IssuedCertificate issued;
        const char* failure;
    } cases[] = {
        {Authority("Other").issue(), "unable to get local issuer certificate"},
        {incomplete, "unable to get local issuer certificate"},
        {self_signed(), "self-signed certificate"},
        {certificates.authority.issue({.not_before = -48h, .not_after = -24h}),
         "certificate has expired"},
        {certificates.authority.issue({.not_before = 24h}), "certificate is not yet valid"},
        {certificates.authority.issue({.purpose = Purpose::client}),
         "unsuitable certificate purpose"},
    };
    for (const auto& [issued, expected] : cases) {
        const std::string failure = co_await verdict(issued, "localhost", certificates);
        BOOST_TEST(failure == verify_failed + expected,
                   "the client says '" << failure << "' instead of '" << expected << "'");
    }
}

BOOST_AUTO_TEST_CASE(sends_the_name_to_the_server_but_no_address) {
    const Certificates certificates;
    const ClientTrust trust(certificates.client());
    const auto sent = [&](const std::string& name) {
        const Owned<SSL> ssl = trust.make_ssl(name);
        const char* server_name = SSL_get_servername(ssl.get(), TLSEXT_NAMETYPE_host_name);
        return server_name ? std::string(server_name) : "nothing";
    };
    BOOST_TEST(sent("localhost") == "localhost",
               "without SNI a server of many names does not know which certificate to show");
    BOOST_TEST(sent("localhost.") == "localhost", "SNI has no trailing dot (RFC 6066, 3)");
    BOOST_TEST(sent("127.0.0.1") == "nothing", "SNI is for names, not addresses (RFC 6066, 3)");
    BOOST_TEST(sent("::1") == "nothing", "SNI is for names, not addresses (RFC 6066, 3)");
}

BOOST_AUTO_TEST_CASE(refuses_to_look_for_nobody) {
    const Certificates certificates;
    const ClientTrust trust(certificates.client());
    for (const std::string& name : {""s, "."s, ".example.com"s}) {
        BOOST_CHECK_THROW(static_cast<void>(trust.make_ssl(name)), std::invalid_argument);
    }
    BOOST_CHECK_THROW(static_cast<void>(trust.make_ssl("good\0.evil"s)), std::exception);
}

ASYNC_TEST_CASE(talks_to_anybody_if_it_must) {
    const Certificates certificates;
    ServerCredentials credentials(certificates.server(self_signed({.names = {"example.com"}})));
    TlsEchoServer server(co_await this_coro::executor, credentials);
    const ClientTrust trust({.verify = false});
    const std::string failure = co_await failure_of(server.address(), "localhost", trust);
    BOOST_TEST(failure == "");
    co_await server.end();
}

ASYNC_TEST_CASE(lets_in_only_clients_with_a_certificate) {
    const Certificates certificates;
    for (const Version version : {Version::tls1_3, Version::tls1_2}) {
        ServerOptions options = certificates.server();
        options.client_ca = certificates.file("ca.pem");
        options.min_version = version;
        ServerCredentials credentials(options);
        TlsEchoServer server(co_await this_coro::executor, credentials);
        const struct {
            ClientOptions client;
            const char* failure;
        } cases[] = {
            {certificates.client(certificates.authority.issue(a_client)), ""},
            {certificates.client(), "tlsv13 alert certificate required"},
        };
        for (const auto& [client, expected] : cases) {
            const ClientTrust trust(client);
            const std::string failure = co_await failure_of(server.address(), "localhost", trust);
            BOOST_TEST(failure == expected, "a client " << (client.cert ? "with" : "without")
                                                        << " a certificate is told '" << failure
                                                        << "'");
        }
        co_await server.end();
    }
}

ASYNC_TEST_CASE(looks_at_clients_certificates) {
    const Certificates certificates;
    ServerOptions options = certificates.server();
    options.client_ca = certificates.file("ca.pem");
    options.client_auth = ClientAuth::optional;
    ServerCredentials credentials(options);
    TlsEchoServer server(co_await this_coro::executor, credentials);
    Subject expired = a_client;
    expired.not_before = -48h;
    expired.not_after = -24h;
    const struct {
        IssuedCertificate issued;
        const char* failure;
    } cases[] = {
        {certificates.authority.issue(expired), "sslv3 alert certificate expired"},
        {certificates.authority.issue(), "sslv3 alert unsupported certificate"},
        {Authority("Other").issue(a_client), "tlsv1 alert unknown ca"},
    };
    for (const auto& [issued, expected] : cases) {
        const ClientTrust trust(certificates.client(issued));
        const std::string failure = co_await failure_of(server.address(), "localhost", trust);
        BOOST_TEST(failure == expected, "the client is told '" << failure << "'");
    }
    const ClientTrust without(certificates.client());
    const std::string failure = co_await failure_of(server.address(), "localhost", without);
    BOOST_TEST(failure == "", "a certificate is optional, and this client is told: " << failure);
    co_await server.end();
}

ASYNC_TEST_CASE(agrees_on_a_protocol) {
    const Certificates certificates;
    ServerOptions options = certificates.server();
    options.alpn = {"h2", "http/1.1"};
    ServerCredentials credentials(options);
    TlsEchoServer server(co_await this_coro::executor, credentials);
    const auto offering = [&](std::vector<std::string> protocols) {
        ClientOptions client = certificates.client();
        client.alpn = std::move(protocols);
        return ClientTrust(client);
    };
    const ClientTrust both = offering({"http/1.1", "h2"});
    auto stream = co_await connect_to_echo(server, both);
    BOOST_TEST(stream->agreement().alpn.value_or("none") == "h2", "the server's order decides");
    const ClientTrust none = offering({});
    stream = co_await connect_to_echo(server, none);
    BOOST_TEST(!stream->agreement().alpn.has_value());
    const ClientTrust others = offering({"smtp"});
    const std::string failure = co_await failure_of(server.address(), "localhost", others);
    BOOST_TEST(failure == "tlsv1 alert no application protocol");
    stream.reset();
    co_await server.end();
}

ASYNC_TEST_CASE(resumes_sessions) {
    const Certificates certificates;
    for (const bool mutual : {false, true}) {
        ServerOptions options = certificates.server();
        if (mutual) {
            options.client_ca = certificates.file("ca.pem");
        }
        ServerCredentials credentials(options);
        TlsEchoServer server(co_await this_coro::executor, credentials);
        const ClientTrust trust(mutual ? certificates.client(certificates.authority.issue(a_client))
                                       : certificates.client());
        const Owned<SSL_SESSION> session = co_await session_of(server, trust);
        write_session(certificates.file("session"), session.get());
        const Owned<SSL_SESSION> read = read_session(certificates.file("session"));
        BOOST_TEST_REQUIRE((read != nullptr));
        const bool resumed = co_await is_resumed(server, trust, read.get());
        BOOST_TEST(resumed, "a client " << (mutual ? "with" : "without")
                                        << " a certificate comes back with a ticket");
        co_await server.end();
    }
}

ASYNC_TEST_CASE(resumes_only_what_it_would_trust_itself) {
    const Certificates certificates;
    ServerCredentials credentials(certificates.server());
    TlsEchoServer server(co_await this_coro::executor, credentials);
    ClientOptions careless = certificates.client();
    careless.verify = false;
    const ClientTrust anybody(careless);
    const ClientTrust trust(certificates.client());
    const Owned<SSL_SESSION> unverified = co_await session_of(server, anybody);
    const bool resumed = co_await is_resumed(server, trust, unverified.get());
    BOOST_TEST(!resumed,
               "nobody has looked at the certificate of the session's server, and in a "
               "handshake that resumes nobody does");

    const Owned<SSL_SESSION> session = co_await session_of(server, trust);
    auto stream = co_await connect_tls(server.address(), "127.0.0.1", trust, session.get());
    BOOST_TEST(!stream->agreement().resumed, "the server was verified for another name");
    stream.reset();
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(ignores_a_session_that_cannot_be_read) {
    const Certificates certificates;
    BOOST_TEST((read_session(certificates.file("missing")) == nullptr));
    BOOST_TEST((read_session(certificates.file("ca.pem")) == nullptr));
}

ASYNC_TEST_CASE(shows_a_new_certificate_after_a_hangup) {
    const Certificates certificates;
    ReloadingServer reloading(co_await this_coro::executor, certificates.server());
    const TlsEchoServer& server = reloading.server;
    const ClientTrust trust(certificates.client());
    const Owned<SSL_SESSION> session = co_await session_of(server, trust);
    auto running = co_await connect_to_echo(server, trust);

    certificates.write("server", certificates.authority.issue({.names = {"renewed"}}));
    co_await hang_up();
    const std::string renewed = co_await failure_of(server.address(), "renewed", trust);
    BOOST_TEST(renewed == "",
               "SIGHUP has the server read its files again, but a new client says: " << renewed);
    const std::string echo = co_await ask(*running, "hello");
    BOOST_TEST(echo == "hello", "a connection that is there keeps what it has");
    const bool resumed = co_await is_resumed(server, trust, session.get());
    BOOST_TEST(resumed, "tickets of before the reload are good: their keys outlive it");
    running.reset();
    co_await reloading.server.end();
}

ASYNC_TEST_CASE(keeps_its_certificate_if_a_file_is_bad) {
    const Certificates certificates;
    ReloadingServer reloading(co_await this_coro::executor, certificates.server());
    const TlsEchoServer& server = reloading.server;
    const ClientTrust trust(certificates.client());
    const IssuedCertificate renewed = certificates.authority.issue({.names = {"renewed"}});
    const struct {
        std::string chain;
        std::string key;
        const char* what;
    } bad[] = {
        {renewed.chain, certificates.authority.issue().key, "another certificate's key"},
        {renewed.chain, "garbage", "garbage for a key"},
        {"", renewed.key, "an empty certificate"},
    };
    for (const auto& [chain, key, what] : bad) {
        certificates.write("server.pem", chain);
        certificates.write("server.key", key);
        co_await hang_up();
        const std::string failure = co_await failure_of(server.address(), "localhost", trust);
        BOOST_TEST(failure == "",
                   "after a SIGHUP with "
                       << what
                       << " the server goes on with what it has, but a client says: " << failure);
    }
    std::filesystem::remove(certificates.file("server.key"));
    co_await hang_up();
    const std::string failure = co_await failure_of(server.address(), "localhost", trust);
    BOOST_TEST(failure == "", "without its file, too: " << failure);

    certificates.write("server", renewed);
    co_await hang_up();
    const std::string good = co_await failure_of(server.address(), "renewed", trust);
    BOOST_TEST(good == "", "a bad file is not the end of reloading, but a client says: " << good);
    co_await reloading.server.end();
}

ASYNC_TEST_CASE(reads_its_files_while_the_last_connections_end) {
    const Certificates certificates;
    ReloadingServer reloading(co_await this_coro::executor, certificates.server());
    const ClientTrust trust(certificates.client());
    auto last = co_await connect_to_echo(reloading.server, trust);
    co_await ask(*last, "hello");
    reloading.server.stop();
    co_await settle();
    BOOST_TEST_REQUIRE(!reloading.server.stopped());

    certificates.write("server", certificates.authority.issue({.names = {"renewed"}}));
    co_await hang_up();
    const Owned<SSL> ssl = reloading.credentials.make_ssl();
    X509* const shown = SSL_get_certificate(ssl.get());
    BOOST_TEST(X509_check_host(shown, "renewed", 0, 0, nullptr) == 1,
               "a server that is to end takes a SIGHUP until it has ended");
    last.reset();
    co_await reloading.server.join();
}

ASYNC_TEST_CASE(finishes_a_handshake_under_way_with_the_old_certificate) {
    const Certificates certificates;
    ReloadingServer reloading(co_await this_coro::executor, certificates.server());
    TlsEchoServer& server = reloading.server;
    tcp::socket socket = co_await server.connect();
    co_await settle();  // accepted: its handshake has begun

    certificates.write("server", certificates.authority.issue({.names = {"renewed"}}));
    co_await hang_up();
    const ClientTrust trust(certificates.client());
    auto stream =
        co_await start_tls(std::make_unique<SocketStream>(std::move(socket)), "localhost", trust);
    const std::string echo = co_await ask(*stream, "hello");
    BOOST_TEST(echo == "hello");
    stream.reset();
    co_await reloading.server.end();
}

ASYNC_TEST_CASE(asks_anew_if_the_clients_authority_has_changed) {
    const Certificates certificates;
    certificates.write("clients.pem", certificates.authority.root());
    ServerOptions options = certificates.server();
    options.client_ca = certificates.file("clients.pem");
    ReloadingServer reloading(co_await this_coro::executor, options);
    const ClientTrust trust(certificates.client(certificates.authority.issue(a_client)));
    const Owned<SSL_SESSION> session = co_await session_of(reloading.server, trust);

    certificates.write("clients.pem", Authority("Other").root());
    co_await hang_up();
    const auto stream = co_await connect_to_echo(reloading.server, trust, session.get());
    BOOST_TEST(!stream->agreement().resumed,
               "whom another authority has let in does not come back by a ticket");
    co_await reloading.server.end();
}

BOOST_AUTO_TEST_CASE(reads_the_clients_authorities_once) {
    const Certificates certificates;
    ServerOptions options = certificates.server();
    options.client_ca = certificates.file("pipe");
    // What is read from a pipe is gone; and a file may be another one at the next look.
    BOOST_TEST_REQUIRE(::mkfifo(options.client_ca->c_str(), 0600) == 0);
    const std::jthread writer([&] { certificates.write("pipe", certificates.authority.root()); });
    const ServerCredentials credentials(options);
    const Owned<SSL> ssl = credentials.make_ssl();
    BOOST_TEST(sk_X509_NAME_num(SSL_get_client_CA_list(ssl.get())) == 1,
               "clients are told whose certificates are good");
}

BOOST_AUTO_TEST_CASE(says_which_file_is_bad) {
    const Certificates certificates;
    const auto failure = [&](const std::string& cert, const std::string& key) -> std::string {
        try {
            const ServerCredentials credentials(
                {.cert = certificates.file(cert), .key = certificates.file(key)});
        } catch (const std::exception& error) {
            return error.what();
        }
        return "nothing";
    };
    certificates.write("server", certificates.authority.issue());
    certificates.write("other", certificates.authority.issue());
    certificates.write("empty", "");
    const Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    certificates.write("ed25519.key", to_pem([&](BIO* memory) {
                           return PEM_write_bio_PrivateKey(memory, key.get(), nullptr, nullptr, 0,
                                                           nullptr, nullptr);
                       }));
    BOOST_TEST(failure("server.pem", "server.key") == "nothing");
    BOOST_TEST(failure("missing", "server.key") ==
               "read " + certificates.file("missing") + ": No such file or directory");
    BOOST_TEST(failure("server.pem", "missing") ==
               "read " + certificates.file("missing") + ": No such file or directory");
    BOOST_TEST(failure("empty", "server.key") ==
               certificates.file("empty") + ": no certificate in PEM: no start line");
    BOOST_TEST(failure("server.pem", "other.key") ==
               certificates.file("other.key") + ": not the key of " +
                   certificates.file("server.pem") + ": key values mismatch");
    BOOST_TEST(failure("server.pem", "ed25519.key") ==
               certificates.file("ed25519.key") + ": not the key of " +
                   certificates.file("server.pem") + ": different key types");
    BOOST_TEST(failure("server.pem", "empty")
                   .starts_with(certificates.file("empty") +
                                ": no private key in PEM, or an encrypted one: "));
    BOOST_TEST(failure("", "server.key") == "read " + certificates.file("") + ": Is a directory");
}

BOOST_AUTO_TEST_CASE(a_server_without_a_certificate_takes_no_other_option_of_tls) {
    const auto parse = [](const std::vector<std::string>& options) {
        std::vector<std::string> words(options.rbegin(), options.rend());  // as CLI11 takes them
        CLI::App command;
        ServerOptions kept;
        add_tls_server(command, kept);
        command.parse(words);
    };
    const std::vector<std::string> certificate = {"--cert", "server.pem", "--key", "server.key"};
    BOOST_CHECK_NO_THROW(parse({}));
    BOOST_CHECK_NO_THROW(parse(certificate));
    for (const std::vector<std::string>& options :
         {std::vector<std::string>{"--client-ca", "ca.pem"},
          {"--client-ca", "ca.pem", "--client-auth", "required"},
          {"--alpn", "h2"},
          {"--min-version", "1.3"},
          {"--handshake-time", "5"}}) {
        BOOST_CHECK_THROW(parse(options), CLI::RequiresError);
        std::vector<std::string> all = certificate;
        all.insert(all.end(), options.begin(), options.end());
        BOOST_CHECK_NO_THROW(parse(all));
    }
    BOOST_CHECK_THROW(parse({"--cert", "server.pem"}), CLI::RequiresError);
    BOOST_CHECK_THROW(parse({"--key", "server.key"}), CLI::RequiresError);
}

BOOST_AUTO_TEST_CASE(makes_keys_that_only_their_owner_can_read) {
    namespace fs = std::filesystem;
    const TemporaryFolder folder;
    make_certs(folder.file("certs"));
    make_certs(folder.file("certs"));  // in the place of the first
    std::size_t keys = 0;
    for (const auto& entry : fs::directory_iterator(folder.file("certs"))) {
        const bool key = entry.path().extension() == ".key";
        keys += key ? 1 : 0;
        const fs::perms expected =
            fs::perms::owner_read | fs::perms::owner_write |
            (key ? fs::perms::none : fs::perms::group_read | fs::perms::others_read);
        BOOST_TEST((entry.status().permissions() == expected), entry.path() << " has another mode");
    }
    BOOST_TEST(keys == 8U);
}

BOOST_AUTO_TEST_SUITE_END()
