#include "demo.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>

#include "common/async/describe.hpp"
#include "common/cli/demo.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/echo.hpp"
#include "common/net/serve.hpp"
#include "common/net/tcp.hpp"
#include "make_certs.hpp"
#include "tls.hpp"

namespace cookbook::tls {
namespace {

namespace fs = std::filesystem;

/// Says hello as "curl --cacert FILE https://NAME" would; returns the session.
asio::awaitable<Owned<SSL_SESSION>> say_hello(HostPort server, std::string name,
                                              const ClientTrust& trust,
                                              SSL_SESSION* session = nullptr) {
    const std::unique_ptr<TlsStream> stream =
        co_await connect_tls(std::move(server), name, trust, session);
    const std::string hello = "Hello World?";
    const asio::const_buffer data = asio::buffer(hello);
    co_await stream->write({&data, 1});
    std::string echo(hello.size(), '\0');
    const auto [error, size] = co_await stream->read_some(asio::buffer(echo));
    const Agreement agreement = stream->agreement();
    fmt::print("{}: {} ({}, {}{})\n", name, error ? error.message() : echo, agreement.version,
               agreement.cipher, agreement.resumed ? ", resumed" : "");
    co_await stream->shut_down();
    co_return stream->session();
}

asio::awaitable<void> see_refusal(HostPort server, std::string name, const ClientTrust& trust) {
    try {
        co_await say_hello(std::move(server), name, trust);
    } catch (const std::system_error& refusal) {
        fmt::print("{}: {}\n", name, refusal.code().message());
    }
}

asio::awaitable<void> show(HostPort server, ServerCredentials& credentials,
                           const TemporaryFolder& folder) {
    const ClientTrust trust({.cacert = folder.file("ca.pem")});
    const ClientTrust others({.cacert = folder.file("other-ca.pem")});
    const Owned<SSL_SESSION> session = co_await say_hello(server, "localhost", trust);
    co_await say_hello(server, "localhost", trust, session.get());
    fmt::print("\nWhom a client does not talk to:\n");
    co_await see_refusal(server, "example.com", trust);
    co_await see_refusal(server, "localhost", others);
    fs::rename(folder.file("expired.pem"), folder.file("good.pem"));
    fs::rename(folder.file("expired.key"), folder.file("good.key"));
    credentials.reload();
    co_await see_refusal(server, "localhost", trust);
}

}  // namespace

asio::awaitable<void> demo() {
    const TemporaryFolder folder;
    make_certs(folder.path());
    ServerCredentials credentials(
        {.cert = folder.file("good.pem"), .key = folder.file("good.key")});
    tcp::acceptor acceptor = listen(co_await this_coro::executor, {});
    const HostPort server{.port = acceptor.local_endpoint().port()};
    fmt::print("listening on {}\n", to_string(server));
    const auto handle = [](Stream& stream) { return echo(stream, 60s); };
    co_await show_beside(serve(std::move(acceptor), {}, over_tls(credentials, handle)),
                         show(server, credentials, folder));
}

}  // namespace cookbook::tls
