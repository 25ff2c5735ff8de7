// A TLS connection as a Stream: over any other Stream, with OpenSSL inside.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "bio.hpp"
#include "common/net/stream.hpp"
#include "openssl.hpp"
#include "plaintext.hpp"

namespace cookbook::tls {

/// What two peers have agreed upon in the handshake.
struct Agreement {
    std::string version;                   // "TLSv1.3"
    std::string cipher;                    // "TLS_AES_128_GCM_SHA256"
    std::optional<std::string> alpn = {};  // the application's protocol, RFC 7301
    bool resumed = false;
};

/// TLS over another Stream. One coroutine may read while another writes. Errors are those of the
/// Stream below and of error.hpp; error::eof is the peer's close_notify, and an end without one is
/// Error::stream_truncated.
/// After a write() that was cancelled the next one begins with the bytes that were not reported as
/// sent, as it does after write_now().
class TlsStream final : public Stream {
public:
    /// `below` is connected; nothing of the TLS connection has been read from it. `ssl` is what
    /// ServerCredentials or ClientTrust has made for this connection.
    TlsStream(std::unique_ptr<Stream> below, Owned<SSL> ssl);

    /// Agrees with the peer on keys and verifies it. Comes before all reading and writing. Waits as
    /// long as the peer lets it: give it a limit. After an error nothing of ours but the handshake
    /// has been sent, and the alert, if the peer is to know.
    asio::awaitable<error_code> handshake();

    /// After the handshake.
    [[nodiscard]] Agreement agreement() const;
    /// The common name in the certificate that the peer has shown, in this handshake or in the one
    /// that it resumes; empty if it has shown none, or one without a name.
    [[nodiscard]] std::string peer_name() const;
    /// The newest session that the server lets us resume, or null. A client's; the ticket comes
    /// after the handshake, with the first data that is read (RFC 8446, 4.6.1).
    [[nodiscard]] Owned<SSL_SESSION> session() const;
    /// The stream that carries this one.
    [[nodiscard]] Stream& below() noexcept { return *below_; }

    asio::any_io_executor get_executor() override { return below_->get_executor(); }
    [[nodiscard]] tcp::endpoint peer() const override { return below_->peer(); }
    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override;
    std::size_t write_now(Buffers buffers, error_code& error) override;
    asio::awaitable<Transferred> write(Buffers buffers) override;
    asio::awaitable<void> shut_down() override;
    void cancel(error_code& error) override;
    void close(error_code& error) override;

private:
    error_code outcome(int result);
    asio::awaitable<error_code> receive();
    asio::awaitable<error_code> flush();
    error_code send_now();
    error_code decrypt(asio::mutable_buffer buffer, std::size_t& size);
    error_code encrypt(Plaintext plaintext);
    std::size_t write_batches(Plaintext& plaintext, error_code& error);
    asio::awaitable<error_code> receive_and_flush();
    asio::awaitable<error_code> wait_for_other();

    std::unique_ptr<Stream> below_;
    BioBuffers buffers_;
    Owned<SSL> ssl_;             // its BIO reads from and writes to buffers_
    error_code failure_;         // after which OpenSSL can do no more
    std::size_t encrypted_ = 0;  // bytes of the next write that are in buffers_.outgoing already
    bool receiving_ = false;     // one coroutine at a time reads from below_ …
    bool flushing_ = false;      // … and one writes to it
    std::uint64_t turns_ = 0;    // how often one of them has ended
    asio::steady_timer turn_;    // cancelled whenever one ends: a condition variable
};

}  // namespace cookbook::tls
