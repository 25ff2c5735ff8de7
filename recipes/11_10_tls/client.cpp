#include "client.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>

#include "common/async/describe.hpp"
#include "common/cli/conversation.hpp"
#include "common/cli/options.hpp"
#include "error.hpp"
#include "options.hpp"
#include "session_file.hpp"
#include "tls.hpp"

namespace cookbook::tls {
namespace {

asio::awaitable<void> converse(TlsStream& stream, ClientSettings settings) {
    const std::string server = to_string(settings.address);
    std::optional<std::string>& message = settings.message;
    Conversation conversation(stream, server, stdout, settings.timeout);
    try {
        co_await (message ? conversation.send_text(std::move(*message))
                          : conversation.send_input(STDIN_FILENO));
    } catch (const boost::system::system_error& failure) {
        // In TLS 1.3 our handshake ends before the server has judged our certificate.
        if (is_alert(failure.code()) && conversation.received() == 0) {
            throw std::system_error(failure.code(), "handshake with " + server);
        }
        throw;
    }
}

void print_agreement(const Agreement& agreement) {
    const auto quoted = [](const std::string& text) { return boost::json::serialize(text); };
    fmt::print(stderr,
               R"({{"version": {}, "cipher": {}, "alpn": {}, "resumed": {}}})"
               "\n",
               quoted(agreement.version), quoted(agreement.cipher),
               agreement.alpn ? quoted(*agreement.alpn) : "null", agreement.resumed);
}

/// A connection that was good is not a failure because its session could not be kept.
void keep_session(const TlsStream& stream, const std::filesystem::path& path) {
    try {
        if (const Owned<SSL_SESSION> session = stream.session()) {
            write_session(path, session.get());
        }
    } catch (const std::exception& failure) {
        spdlog::warn("the session is lost: {}", describe(failure));
    }
}

}  // namespace

void add_client(CLI::App& command, ClientSettings& settings) {
    add_address(command, settings.address);
    command
        .add_option("--name", settings.name,
                    "What the server's certificate must be for; the host if it is not given")
        ->type_name("NAME");
    add_tls_client(command, settings.tls);
    command
        .add_option("--session", settings.session,
                    "Resume the session in this file, and keep the new one there")
        ->type_name("FILE");
    command.add_flag("--info", settings.info, "Say on stderr what was agreed upon, as JSON");
    command.add_option("--message", settings.message, "What to send instead of stdin")
        ->type_name("TEXT");
    add_seconds(command, "--timeout", settings.timeout,
                "Give up on a server after this long a silence");
}

asio::awaitable<void> talk(ClientSettings settings) {
    const ClientTrust trust(settings.tls);
    if (!settings.tls.verify) {
        spdlog::warn("--insecure: whoever is on the way can read and change everything");
    }
    const std::string name = settings.name.empty() ? settings.address.host : settings.name;
    const Owned<SSL_SESSION> session =
        settings.session ? read_session(*settings.session) : Owned<SSL_SESSION>();
    const std::unique_ptr<TlsStream> stream =
        co_await connect_tls(settings.address, name, trust, session.get());
    if (settings.info) {
        print_agreement(stream->agreement());
    }
    std::exception_ptr failure;
    try {
        co_await converse(*stream, settings);
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    if (settings.session) {
        keep_session(*stream, *settings.session);
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace cookbook::tls
