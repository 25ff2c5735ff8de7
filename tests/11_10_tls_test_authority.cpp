// Recipe 11.10, an authority that is kept on disk, and the names in what it has signed.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <latch>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "11_10_tls/context.hpp"
#include "11_10_tls/replace_file.hpp"
#include "11_10_tls_server.hpp"
#include "common/net/descriptor.hpp"
#include "support/async_case.hpp"

namespace {

using namespace cookbook;
using namespace cookbook::tls;
using namespace cookbook::testing;

/// Tells each client the name that it has shown, and an exclamation mark.
asio::awaitable<void> tell_name(TlsStream& stream) {
    const std::string name = stream.peer_name() + "!";
    const asio::const_buffer data = asio::buffer(name);
    co_await stream.write({&data, 1});
    co_await stream.shut_down();
}

/// What the server tells whoever comes with `trust`; `session` is that of the connection from then
/// on.
asio::awaitable<std::string> told_name(HostPort server, const ClientTrust& trust,
                                       Owned<SSL_SESSION>& session) {
    const Waiting waiting("our own name");
    const auto stream = co_await connect_tls(std::move(server), "localhost", trust, session.get());
    BOOST_TEST(stream->agreement().resumed == (session != nullptr));
    std::string text;
    while (!text.ends_with('!')) {
        char byte = 0;
        const auto [error, size] = co_await stream->read_some(asio::buffer(&byte, 1));
        BOOST_TEST_REQUIRE(!error, "no name came: " << error.message());
        text += byte;
    }
    session = stream->session();
    co_return text;
}

std::string failure_to_read(const std::string& pem) {
    try {
        static_cast<void>(Authority::from_pem(pem));
        return "none";
    } catch (const std::runtime_error& failure) {
        return failure.what();
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_certificates)

ASYNC_TEST_CASE(knows_a_client_by_the_name_in_its_certificate) {
    const Certificates certificates;
    ServerOptions options = certificates.server();
    options.client_ca = certificates.file("ca.pem");
    options.client_auth = ClientAuth::optional;
    for (const Version version : {Version::tls1_2, Version::tls1_3}) {
        options.min_version = version;
        const ServerCredentials credentials(options);
        RunningServer server(co_await this_coro::executor, {}, [&](tcp::acceptor acceptor) {
            return serve(std::move(acceptor), Limits{}, over_tls(credentials, tell_name));
        });
        Subject zoe = a_client;
        zoe.common_name = "Zoë";
        const ClientTrust trust(certificates.client(certificates.authority.issue(zoe)));
        Owned<SSL_SESSION> session;
        const std::string first = co_await told_name(server.address(), trust, session);
        BOOST_TEST(first == "Zoë!", "the certificate says CN=Zoë");
        const std::string again = co_await told_name(server.address(), trust, session);
        BOOST_TEST(again == "Zoë!",
                   "in a handshake that resumes no certificate is sent: the name is in the ticket");
        session = nullptr;
        const std::string nobody =
            co_await told_name(server.address(), ClientTrust(certificates.client()), session);
        BOOST_TEST(nobody == "!", "whoever shows no certificate has no name");
        co_await server.end();
    }
}

ASYNC_TEST_CASE(knows_a_server_by_the_name_in_its_certificate) {
    const Certificates certificates;
    ServerCredentials credentials(certificates.server({.common_name = "the echo"}));
    TlsEchoServer server(co_await this_coro::executor, credentials);
    const ClientTrust trust(certificates.client());
    auto stream = co_await connect_tls(server.address(), "localhost", trust);
    BOOST_TEST(stream->peer_name() == "the echo");
    stream.reset();
    co_await server.end();
}

ASYNC_TEST_CASE(signs_later_what_its_first_clients_trust) {
    const Certificates certificates;
    const std::string pem = certificates.authority.to_pem();
    const Authority kept = Authority::from_pem(pem);
    BOOST_TEST(kept.root() == certificates.authority.root());
    BOOST_TEST(kept.to_pem() == pem);
    ServerCredentials credentials(certificates.server(kept.issue()));
    TlsEchoServer server(co_await this_coro::executor, credentials);
    const std::string failure =
        co_await failure_of(server.address(), "localhost", ClientTrust(certificates.client()));
    BOOST_TEST(failure == "", "an authority that was kept signs as before: " << failure);
    co_await server.end();
}

BOOST_AUTO_TEST_CASE(says_that_a_text_is_no_authority) {
    const std::string pem = Authority().to_pem();
    const std::size_t key = pem.find("-----BEGIN PRIVATE KEY");
    BOOST_TEST_REQUIRE(key != pem.npos);
    const std::string other = Authority().to_pem();
    const std::string mixed = pem.substr(0, key) + other.substr(other.find("-----BEGIN PRIVATE"));
    BOOST_TEST(failure_to_read(pem) == "none");
    BOOST_TEST(failure_to_read("").starts_with("read an authority: no start line"));
    BOOST_TEST(failure_to_read(pem.substr(0, key)) != "none", "the key is missing");
    BOOST_TEST(failure_to_read(mixed).starts_with("read an authority: key values mismatch"),
               "the key is another authority's");
}

BOOST_AUTO_TEST_CASE(replaces_files_and_nothing_else) {
    const TemporaryFolder folder;
    const std::string file = folder.file("file");
    const std::string link = folder.file("link");
    replace_file(file, "old", 0640);
    std::filesystem::create_symlink("file", link);
    replace_file(link, "new", 0600);
    BOOST_TEST(std::filesystem::is_symlink(link));
    BOOST_TEST(read_file(file) == "new");
    BOOST_TEST((std::filesystem::status(file).permissions() == std::filesystem::perms(0600)));

    const std::string pipe = folder.file("pipe");
    BOOST_TEST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const Descriptor reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    replace_file(pipe, "text", 0600);
    std::array<char, 8> received{};
    BOOST_TEST(::read(reader.get(), received.data(), received.size()) == 4);
    BOOST_TEST(std::filesystem::is_fifo(pipe), "as root it may be /dev/null");
    BOOST_CHECK_THROW(replace_file(folder.file("none/key"), "", 0600), std::system_error);
}

BOOST_AUTO_TEST_CASE(adds_a_file_but_replaces_none) {
    const TemporaryFolder folder;
    const std::string path = folder.file("key");
    add_file(path, "first", 0640);
    add_file(path, "second", 0600);
    BOOST_TEST(read_file(path) == "first", "what is there stays");
    struct stat status{};
    BOOST_TEST_REQUIRE(::stat(path.c_str(), &status) == 0);
    BOOST_TEST((status.st_mode & 0777U) == 0640U);
    BOOST_TEST(status.st_nlink == 1U, "the draft is gone");
    BOOST_CHECK_THROW(add_file(folder.file("none/key"), "first", 0600), std::system_error);
}

BOOST_AUTO_TEST_CASE(finds_one_file_however_many_add_it_at_once) {
    const TemporaryFolder folder;
    constexpr int many = 8;
    std::vector<std::string> found(many);
    std::latch start(many);
    std::vector<std::jthread> threads;
    for (std::string& content : found) {
        threads.emplace_back([&] {
            const std::string own(100'000, static_cast<char>('a' + (&content - found.data())));
            start.arrive_and_wait();
            add_file(folder.file("key"), own, 0600);
            content = read_file(folder.file("key"));
        });
    }
    threads.clear();
    BOOST_TEST(std::set<std::string>(found.begin(), found.end()).size() == 1U,
               "each has found the same content, and whole");
    BOOST_TEST(found[0].size() == 100'000U);
}

BOOST_AUTO_TEST_SUITE_END()
