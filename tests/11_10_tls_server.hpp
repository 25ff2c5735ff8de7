// Files of an authority, and the echo server of recipe 11.10 that its tests talk to.
#pragma once

#include <fstream>
#include <string>
#include <utility>

#include "11_10_tls/authority.hpp"
#include "11_10_tls/tls.hpp"
#include "common/cli/temporary_folder.hpp"
#include "common/net/echo.hpp"
#include "common/net/serve.hpp"
#include "support/ask.hpp"
#include "support/running_server.hpp"

namespace cookbook::testing {

/// An authority, and the files of those to whom it issues certificates.
class Certificates {
public:
    Certificates() { write("ca.pem", authority.root()); }

    [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
    void write(const std::string& name, const std::string& content) const {
        std::ofstream(file(name)) << content;
    }
    void write(const std::string& name, const tls::IssuedCertificate& issued) const {
        write(name + ".pem", issued.chain);
        write(name + ".key", issued.key);
    }

    /// A server that shows a certificate for this subject.
    [[nodiscard]] tls::ServerOptions server(const tls::Subject& subject = {}) const {
        return server(authority.issue(subject));
    }
    [[nodiscard]] tls::ServerOptions server(const tls::IssuedCertificate& issued) const {
        write("server", issued);
        return {.cert = file("server.pem"), .key = file("server.key")};
    }
    /// A client that trusts the authority, and one with a certificate of its own.
    [[nodiscard]] tls::ClientOptions client() const { return {.cacert = file("ca.pem")}; }
    [[nodiscard]] tls::ClientOptions client(const tls::IssuedCertificate& issued) const {
        write("client", issued);
        return {.cacert = file("ca.pem"), .cert = file("client.pem"), .key = file("client.key")};
    }

    const tls::Authority authority;

private:
    TemporaryFolder folder_;
};

inline const tls::Subject a_client{.names = {}, .purpose = tls::Purpose::client};

/// A RunningServer that echoes over TLS, and reads its files again at SIGHUP.
class TlsEchoServer : public RunningServer {
public:
    TlsEchoServer(const asio::any_io_executor& executor, tls::ServerCredentials& credentials,
                  Limits limits = {})
        : RunningServer(executor, {}, [&](tcp::acceptor acceptor) {
              return serve(std::move(acceptor), credentials, limits);
          }) {}

private:
    static asio::awaitable<void> serve(tcp::acceptor acceptor, tls::ServerCredentials& credentials,
                                       Limits limits) {
        const auto handle = [limits](Stream& stream) { return echo(stream, limits.idle_timeout); };
        co_await reload_on_hangup(credentials, cookbook::serve(std::move(acceptor), limits,
                                                               over_tls(credentials, handle)));
    }
};

/// Connects, and asks for an echo: "" if it came back, else why not, in a few words.
inline asio::awaitable<std::string> failure_of(HostPort server, std::string name,
                                               const tls::ClientTrust& trust) {
    const Waiting waiting("an echo from " + name);
    try {
        const auto stream = co_await connect_tls(std::move(server), std::move(name), trust);
        const std::string echo = co_await ask(*stream, "hello");
        co_return echo == "hello" ? "" : "a wrong echo";
    } catch (const boost::system::system_error& failure) {
        co_return failure.code().message();
    } catch (const std::system_error& failure) {
        co_return failure.code().message();
    }
}

}  // namespace cookbook::testing
