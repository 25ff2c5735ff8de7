// A client's half: whom it trusts, by which name, and what it shows of itself.
#include "trust.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <span>
#include <stdexcept>
#include <utility>

#include "require.hpp"

namespace cookbook::tls {
namespace {

constexpr auto client_context = "configure TLS";
constexpr auto client_connection = "start TLS";

Owned<SSL_CTX> make_client_context(const ClientOptions& options) {
    Owned<SSL_CTX> context = make_context(options.min_version);
    if (options.cacert) {
        trust_authorities(context.get(), read_authorities(*options.cacert));
    } else {
        require(SSL_CTX_set_default_verify_paths(context.get()), client_context);
    }
    if (options.cert.has_value() != options.key.has_value()) {
        throw std::invalid_argument(
            "a certificate without its key, or a key without its certificate");
    }
    if (options.cert) {
        use_certificate(context.get(), *options.cert, *options.key);
    }
    const std::string alpn = to_alpn_wire(options.alpn);
    if (!alpn.empty()) {
        // Of all functions this one returns 0 for success.
        require(SSL_CTX_set_alpn_protos(context.get(),
                                        reinterpret_cast<const unsigned char*>(alpn.data()),
                                        static_cast<unsigned>(alpn.size())) == 0,
                client_context);
    }
    return context;
}

/// A name as certificates have it: the root's dot is not written there.
std::string without_trailing_dot(std::string name) {
    if (name.ends_with('.')) {
        name.pop_back();
    }
    return name;
}

/// The certificate must be for this address, in an entry of type IP (RFC 9525, 6.4); what looks
/// like it in a DNS entry is none.
void expect_address(SSL* ssl, const asio::ip::address& address) {
    const auto expect = [ssl](const auto& bytes) {
        require(X509_VERIFY_PARAM_set1_ip(SSL_get0_param(ssl), bytes.data(), bytes.size()),
                client_connection);
    };
    address.is_v4() ? expect(address.to_v4().to_bytes()) : expect(address.to_v6().to_bytes());
}

/// What a server was verified by, whose session these options have made.
std::string describe_trust(const ClientOptions& options) {
    const auto content = [](const std::optional<std::filesystem::path>& file) {
        return file ? read_file(*file) : std::string();
    };
    return (options.verify ? "verified " : "unverified ") + content(options.cacert) +
           content(options.cert);
}

/// Offers to resume, unless the session's server was verified for another name, by other
/// authorities or not at all: in a handshake that resumes no certificate is looked at again.
void offer(SSL* ssl, SSL_SESSION* session, const SessionIdContext& id) {
    unsigned size = 0;
    const unsigned char* made_with = SSL_SESSION_get0_id_context(session, &size);
    if (std::ranges::equal(id, std::span(made_with, size))) {
        require(SSL_set_session(ssl, session), client_connection);
    }
}

}  // namespace

ClientTrust::ClientTrust(ClientOptions options)
    : options_(std::move(options)),
      context_(make_client_context(options_)),
      verified_by_(describe_trust(options_)) {}

Owned<SSL> ClientTrust::make_ssl(const std::string& name, SSL_SESSION* session) const {
    const std::string host = without_trailing_dot(name);
    // OpenSSL would take any name for an empty one, and any subdomain for one that begins with a
    // dot.
    if (host.empty() || host.starts_with('.')) {
        throw std::invalid_argument("'" + name + "' is no name that a server is verified by");
    }
    Owned<SSL> ssl(require(SSL_new(context_.get()), client_connection));
    SSL_set_connect_state(ssl.get());
    // [step 2] Have the certificate verified, for this name or address, and send a name as SNI.
    SSL_set_verify(ssl.get(), options_.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    error_code no_address;
    const asio::ip::address address = asio::ip::make_address(host, no_address);
    if (no_address) {
        X509_VERIFY_PARAM* const param = SSL_get0_param(ssl.get());
        // Names are in subjectAltName, not in CN; `*` is a whole label or nothing (RFC 9525, 6.3).
        X509_VERIFY_PARAM_set_hostflags(
            param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        require(X509_VERIFY_PARAM_set1_host(param, host.c_str(), host.size()), client_connection);
        require(SSL_set_tlsext_host_name(ssl.get(), host.c_str()), client_connection);
    } else {
        expect_address(ssl.get(), address);  // and no SNI, which is for names (RFC 6066, 3)
    }
    // [end]
    const SessionIdContext id = session_id_context(verified_by_ + host);
    require(SSL_set_session_id_context(ssl.get(), id.data(), id.size()), client_connection);
    if (session != nullptr) {
        offer(ssl.get(), session, id);
    }
    return ssl;
}

}  // namespace cookbook::tls
