#include "client.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/json/serialize.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "common/async/deadline.hpp"
#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "common/cli/input.hpp"
#include "common/cli/options.hpp"
#include "error.hpp"
#include "options.hpp"
#include "session_file.hpp"
#include "tls.hpp"

namespace cookbook::tls {
namespace {

constexpr std::size_t max_piece = std::size_t{256} << 10U;

/// A connection, and how far we are with it.
struct Conversation {
    std::unique_ptr<TlsStream> stream;
    std::string server;
    Deadline deadline{*stream};
    std::optional<asio::posix::stream_descriptor> input = {};
    bool sending = false;   // the server has not taken all that we have given to it
    bool received = false;  // something has come
    bool ended = false;     // by the server
};

[[noreturn]] void fail(const error_code& error, const char* action, const Conversation& with) {
    if (error == asio::error::operation_aborted) {
        throw boost::system::system_error(error);  // by a signal
    }
    throw std::system_error(error, action + with.server);
}

/// False if the server is gone: then the receiving half learns why.
asio::awaitable<bool> send(Conversation& with, asio::const_buffer data) {
    with.sending = true;
    const auto [error, size] = co_await with.stream->write({&data, 1});
    with.sending = error.failed();
    co_return !error;
}

asio::awaitable<void> send_text(Conversation& with, std::string text) {
    const bool sent = co_await send(with, asio::buffer(text));
    if (sent) {
        co_await with.stream->shut_down();
    }
}

asio::awaitable<void> send_input(Conversation& with) {
    with.input = open_input(co_await this_coro::executor);
    std::vector<char> piece(max_piece);
    for (;;) {
        const auto [read_error, size] =
            co_await with.input->async_read_some(asio::buffer(piece), use_nothrow);
        if (read_error == asio::error::eof || with.ended) {
            break;
        }
        if (read_error) {
            throw boost::system::system_error(read_error, "read stdin");
        }
        const bool sent = co_await send(with, asio::buffer(piece, size));
        if (!sent) {
            co_return;
        }
    }
    co_await with.stream->shut_down();
}

/// Has the sending half end in order, too.
void finish_sending(Conversation& with) {
    constexpr auto max_linger = 2s;
    if (with.sending) {
        fail(asio::error::broken_pipe, "send to ", with);
    }
    with.ended = true;
    with.deadline.expires_after(max_linger);
    if (with.input) {
        error_code ignored;
        with.input->cancel(ignored);
    }
}

asio::awaitable<void> receive_all(Conversation& with) {
    std::vector<char> piece(max_piece);
    for (;;) {
        const auto [error, size] = co_await with.stream->read_some(asio::buffer(piece));
        if (error == asio::error::eof) {
            break;
        }
        if (error) {
            // In TLS 1.3 our handshake ends before the server has judged our certificate.
            const bool refused = is_alert(error) && !with.received;
            fail(error, refused ? "handshake with " : "receive from ", with);
        }
        with.received = true;
        if (std::fwrite(piece.data(), 1, size, stdout) < size || std::fflush(stdout) != 0) {
            throw std::system_error(errno, std::generic_category(), "write output");
        }
    }
    finish_sending(with);
}

/// Sends and receives at once: an echo server stops reading while nobody takes what it sends.
asio::awaitable<void> converse(Conversation& with, std::optional<std::string> message) {
    TaskGroup halves(co_await this_coro::executor);
    halves.spawn(receive_all(with));
    halves.spawn(message ? send_text(with, std::move(*message)) : send_input(with));
    co_await halves.join();
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
    command.add_option("--name", settings.name,
                       "What the server's certificate must be for; the host if it is not given");
    add_tls_client(command, settings.tls);
    command
        .add_option("--session", settings.session,
                    "Resume the session in this file, and keep the new one there")
        ->type_name("FILE");
    command.add_flag("--info", settings.info, "Say on stderr what was agreed upon, as JSON");
    command.add_option("--message", settings.message, "What to send instead of stdin")
        ->type_name("TEXT");
}

asio::awaitable<void> talk(ClientSettings settings) {
    const ClientTrust trust(settings.tls);
    if (!settings.tls.verify) {
        spdlog::warn("--insecure: whoever is on the way can read and change everything");
    }
    const std::string name = settings.name.empty() ? settings.address.host : settings.name;
    const Owned<SSL_SESSION> session =
        settings.session ? read_session(*settings.session) : Owned<SSL_SESSION>();
    Conversation with{.stream = co_await connect_tls(settings.address, name, trust, session.get()),
                      .server = to_string(settings.address)};
    if (settings.info) {
        print_agreement(with.stream->agreement());
    }
    std::exception_ptr failure;
    try {
        co_await converse(with, std::move(settings.message));
    } catch (const std::exception&) {
        failure = std::current_exception();
    }
    if (settings.session) {
        keep_session(*with.stream, *settings.session);
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace cookbook::tls
