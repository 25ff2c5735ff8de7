// A server's half: its certificate, whom it lets in, and how it gets new files while it runs.
#include "credentials.hpp"

#include <openssl/ssl.h>
#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <utility>

#include "common/async/describe.hpp"
#include "common/async/task_group.hpp"
#include "require.hpp"

namespace cookbook::tls {
namespace {

constexpr auto server_context = "configure TLS";

/// OpenSSL's callback: chooses the protocol that stands first in `wire`, our list, among those that
/// the client offers.
int choose_protocol(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void* wire) {
    const auto& ours = *static_cast<const std::string*>(wire);
    unsigned char* found = nullptr;
    const int outcome =
        SSL_select_next_proto(&found, size, reinterpret_cast<const unsigned char*>(ours.data()),
                              static_cast<unsigned>(ours.size()), offered, offered_size);
    *chosen = found;
    // Nothing in common: alert 120, rather than a protocol that the client does not speak.
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/// Clients must show a certificate of one of `authorities`; or may, if it is optional.
void ask_clients(SSL_CTX* context, const Authorities& authorities, ClientAuth auth) {
    trust_authorities(context, authorities);
    // Their names are sent, so that a client that has several certificates knows which to show.
    for (const Owned<X509>& certificate : authorities.certificates) {
        require(SSL_CTX_add_client_CA(context, certificate.get()), server_context);
    }
    // SSL_VERIFY_PEER alone lets in whoever shows none.
    SSL_CTX_set_verify(
        context,
        SSL_VERIFY_PEER | (auth == ClientAuth::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        nullptr);
}

/// Whoever has a ticket of the old context is resumed by the new one.
void copy_ticket_keys(SSL_CTX* from, SSL_CTX* to) {
    constexpr int size = 80;  // a name of 16 bytes, then 32 for HMAC and 32 for AES
    std::array<unsigned char, size> keys{};
    require(SSL_CTX_get_tlsext_ticket_keys(from, keys.data(), keys.size()), server_context);
    require(SSL_CTX_set_tlsext_ticket_keys(to, keys.data(), keys.size()), server_context);
    OPENSSL_cleanse(keys.data(), keys.size());
}

Owned<SSL_CTX> make_server_context(const ServerOptions& options, std::string& alpn) {
    Owned<SSL_CTX> context = make_context(options.min_version);
    use_certificate(context.get(), options.cert, options.key);
    Authorities authorities;
    if (options.client_ca) {
        authorities = read_authorities(*options.client_ca);
        ask_clients(context.get(), authorities, options.client_auth);
    }
    // So a ticket is good for as long as the authorities stay the same that have let its owner in.
    const SessionIdContext id = session_id_context(authorities.pem);
    require(SSL_CTX_set_session_id_context(context.get(), id.data(), id.size()), server_context);
    if (!alpn.empty()) {
        SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, &alpn);
    }
    // A session is in its ticket: nothing to keep here. One is enough: a second takes as long
    // again.
    SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
    require(SSL_CTX_set_num_tickets(context.get(), 1), server_context);
    // What is sent before the handshake's end can be sent again by anybody (RFC 8446, 8).
    require(SSL_CTX_set_max_early_data(context.get(), 0), server_context);
    return context;
}

asio::awaitable<void> reload_at_each(asio::signal_set& hangups, ServerCredentials& credentials) {
    for (;;) {
        const auto [cancelled, signal] = co_await hangups.async_wait(use_nothrow);
        if (cancelled) {
            co_return;
        }
        // [step 5] A bad file is a line in the log: an old certificate is better than no server.
        try {
            credentials.reload();
            spdlog::info("reloaded {}", credentials.options().cert.string());
        } catch (const std::exception& failure) {
            spdlog::error("not reloaded: {}", describe(failure));
        }
        // [end]
    }
}

}  // namespace

ServerCredentials::ServerCredentials(ServerOptions options)
    : options_(std::move(options)),
      alpn_(to_alpn_wire(options_.alpn)),
      context_(make_server_context(options_, alpn_)) {}

void ServerCredentials::reload() {
    // [step 5] Make a new context, and only then let go of the old one.
    Owned<SSL_CTX> renewed = make_server_context(options_, alpn_);
    copy_ticket_keys(context_.get(), renewed.get());
    context_ = std::move(renewed);
    // [end]
}

Owned<SSL> ServerCredentials::make_ssl() const {
    Owned<SSL> ssl(require(SSL_new(context_.get()), "start TLS"));
    SSL_set_accept_state(ssl.get());
    return ssl;
}

asio::awaitable<void> reload_on_hangup(ServerCredentials& credentials,
                                       asio::awaitable<void> serving) {
    co_await this_coro::throw_if_cancelled(false);
    const auto executor = co_await this_coro::executor;
    asio::signal_set hangups(executor, SIGHUP);  // as long as it lives, SIGHUP ends no process
    TaskGroup reloading(executor);
    reloading.spawn(reload_at_each(hangups, credentials));
    std::exception_ptr failure;
    try {
        co_await std::move(serving);
    } catch (...) {
        failure = std::current_exception();
    }
    reloading.cancel();
    co_await reloading.join();
    if (failure) {
        std::rethrow_exception(failure);
    }
}

}  // namespace cookbook::tls
