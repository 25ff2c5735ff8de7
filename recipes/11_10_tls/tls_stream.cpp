#include "tls_stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <utility>

#include "error.hpp"

namespace cookbook::tls {
namespace {

constexpr std::size_t max_batch = std::size_t{256} << 10U;  // encrypted before it is sent

}  // namespace

TlsStream::TlsStream(std::unique_ptr<Stream> below, Owned<SSL> ssl)
    : below_(std::move(below)),
      ssl_(std::move(ssl)),
      turn_(below_->get_executor(), asio::steady_timer::time_point::max()) {
    BIO* bio = make_bio(buffers_).release();
    SSL_set_bio(ssl_.get(), bio, bio);
    // A write that had to wait goes on with the same bytes, perhaps put together anew.
    SSL_set_mode(ssl_.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

/// What the call of OpenSSL that has just returned `result` came to: would_block if it wants to
/// read more. It never wants to write, because our BIO takes everything.
///
/// Errors are in a queue that belongs to the thread, not to the connection. So each call comes
/// after ERR_clear_error(), and its outcome is taken before anything else runs.
error_code TlsStream::outcome(int result) {
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_NONE:
            return {};
        case SSL_ERROR_WANT_READ:
            return asio::error::would_block;
        case SSL_ERROR_ZERO_RETURN:  // a close_notify
            return asio::error::eof;
        default:
            failure_ = take_error(ssl_.get());
            return failure_;
    }
}

asio::awaitable<Stream::Transferred> TlsStream::read_some(asio::mutable_buffer buffer) {
    for (;;) {
        std::size_t size = 0;
        error_code error = decrypt(buffer, size);
        if (size > 0) {
            co_return Transferred(error_code(), size);
        }
        if (error == asio::error::would_block) {
            error = co_await receive_and_flush();
        } else if (failure_) {
            co_await flush();  // the alert
        }
        if (error) {
            co_return Transferred(error, 0);
        }
    }
}

/// Decrypts what has been received: as many records as fit into `buffer`.
error_code TlsStream::decrypt(asio::mutable_buffer buffer, std::size_t& size) {
    error_code error = failure_;
    while (!error) {
        std::size_t n = 0;
        ERR_clear_error();
        error = outcome(SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &n));
        buffer += n;
        size += n;
        if (buffer.size() == 0 || buffers_.incoming.empty()) {
            break;
        }
    }
    return error;
}

/// Encrypts a batch, which begins where `plaintext` does.
error_code TlsStream::encrypt(Plaintext plaintext) {
    if (failure_ || SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) {
        return failure_ ? failure_ : asio::error::broken_pipe;
    }
    // [step 3] Put up to 256 KiB of records together, so that one send takes them all.
    std::array<char, max_record> record;
    while (encrypted_ < max_batch && !plaintext.empty()) {
        const std::span<const char> piece = plaintext.take(max_batch - encrypted_, record);
        std::size_t n = 0;
        ERR_clear_error();
        const error_code error = outcome(SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &n));
        if (error) {
            return error;
        }
        encrypted_ += n;
    }
    // [end]
    return {};
}

/// Encrypts and sends one batch after another, as long as the stream below takes them at once.
/// Passes over what has left and returns how much that is.
std::size_t TlsStream::write_batches(Plaintext& plaintext, error_code& error) {
    std::size_t sent = 0;
    for (error = {}; !error && !plaintext.empty();) {
        if (encrypted_ == 0) {
            error = encrypt(plaintext);
        }
        if (!error) {
            error = send_now();
        }
        if (!error) {
            const std::size_t batch = plaintext.skip(encrypted_);
            encrypted_ -= batch;
            sent += batch;
        }
    }
    return sent;
}

std::size_t TlsStream::write_now(Buffers buffers, error_code& error) {
    Plaintext plaintext(buffers);
    const std::size_t sent = write_batches(plaintext, error);
    if (sent > 0 && error == asio::error::would_block) {
        error = {};
    }
    return sent;
}

asio::awaitable<Stream::Transferred> TlsStream::write(Buffers buffers) {
    Plaintext plaintext(buffers);
    error_code error;
    std::size_t sent = write_batches(plaintext, error);
    while (error == asio::error::would_block) {
        if (buffers_.outgoing.empty()) {  // OpenSSL is in the middle of a message of the peer's
            error = co_await receive();
        } else {
            error = co_await flush();
        }
        if (!error) {
            sent += write_batches(plaintext, error);
        }
    }
    co_return Transferred(error, sent);
}

asio::awaitable<void> TlsStream::shut_down() {
    // [step 4] Say close_notify, once, unless the connection has failed.
    if (!failure_ && (SSL_get_shutdown(ssl_.get()) & SSL_SENT_SHUTDOWN) == 0) {
        ERR_clear_error();
        SSL_shutdown(ssl_.get());  // does not wait for the peer's
    }
    // [end]
    co_await flush();
    co_await below_->shut_down();
}

void TlsStream::cancel(error_code& error) {
    turn_.cancel();
    below_->cancel(error);
}

void TlsStream::close(error_code& error) {
    turn_.cancel();
    below_->close(error);
}

Agreement TlsStream::agreement() const {
    const unsigned char* protocol = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
    Agreement agreement{.version = SSL_get_version(ssl_.get()),
                        .cipher = SSL_get_cipher_name(ssl_.get()),
                        .alpn = {},
                        .resumed = SSL_session_reused(ssl_.get()) == 1};
    if (size > 0) {
        agreement.alpn.emplace(reinterpret_cast<const char*>(protocol), size);
    }
    return agreement;
}

Owned<SSL_SESSION> TlsStream::session() const {
    SSL_SESSION* session = SSL_get0_session(ssl_.get());
    if (session == nullptr || SSL_SESSION_is_resumable(session) == 0) {
        return nullptr;
    }
    // A copy, because a connection that fails spoils its own.
    return Owned<SSL_SESSION>(SSL_SESSION_dup(session));
}

}  // namespace cookbook::tls
