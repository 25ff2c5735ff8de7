// 11.10 TLS: whatever bytes come, in place of a client or between client and server, the server's
// side ends with an error, and reads nothing that its client has not sent.
#define OPENSSL_SUPPRESS_DEPRECATED  // RAND_METHOD: the one way to random bytes that repeat
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "11_10_tls/authority.hpp"
#include "11_10_tls/context.hpp"
#include "11_10_tls/tls_stream.hpp"

using namespace cookbook;
using namespace cookbook::tls;

namespace {

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

// --- The same random bytes for each input --------------------------------------------------------

std::uint64_t random_state = 1;

int next_random(unsigned char* bytes, int size) {
    std::generate_n(bytes, size, [] {
        random_state = random_state * 6364136223846793005U + 1442695040888963407U;
        return static_cast<unsigned char>(random_state >> 56U);
    });
    return 1;
}

int always_seeded() {
    return 1;
}

constexpr RAND_METHOD repeatable = {
    .seed = nullptr,
    .bytes = next_random,
    .cleanup = nullptr,
    .add = nullptr,
    .pseudorand = next_random,
    .status = always_seeded,
};

// --- Both sides ----------------------------------------------------------------------------------

Owned<BIO> memory(const std::string& text) {
    return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

Owned<SSL_CTX> make_server_context() {
    RAND_set_rand_method(&repeatable);
    const IssuedCertificate issued = Authority().issue();
    Owned<SSL_CTX> context = make_context(Version::tls1_2);
    const Owned<X509> leaf(PEM_read_bio_X509(memory(issued.leaf).get(), nullptr, nullptr, nullptr));
    const Owned<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(memory(issued.key).get(), nullptr, nullptr, nullptr));
    check(SSL_CTX_use_certificate(context.get(), leaf.get()) == 1);
    check(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
    SSL_CTX_set_num_tickets(context.get(), 1);
    return context;
}

/// What the server reads: an input, in pieces; or what a client has sent, as an input has it done.
class Peer final : public Stream {
public:
    /// `raw`: `input` is all that comes. Otherwise it is a script for a client.
    Peer(asio::any_io_executor executor, std::string_view input, std::size_t segment, bool raw,
         int version)
        : executor_(std::move(executor)), input_(input), segment_(segment) {
        if (raw) {
            unread_ = input_;
            input_ = {};
            return;
        }
        client_.reset(SSL_new(context().get()));
        SSL_set_bio(client_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        BIO_set_mem_eof_return(SSL_get_rbio(client_.get()), -1);
        SSL_set_connect_state(client_.get());
        SSL_set_max_proto_version(client_.get(), version);
    }

    asio::any_io_executor get_executor() override { return executor_; }
    [[nodiscard]] tcp::endpoint peer() const override { return {}; }
    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override {
        while (unread_.empty() && proceed()) {
        }
        const std::size_t n = asio::buffer_copy(buffer, asio::buffer(unread_), segment_);
        unread_.erase(0, n);
        co_return Transferred(n == 0 ? error_code(asio::error::eof) : error_code(), n);
    }
    std::size_t write_now(Buffers buffers, error_code& error) override {
        error = {};
        std::size_t size = 0;
        for (const asio::const_buffer& buffer : buffers) {
            const std::size_t n = std::min(segment_, buffer.size());
            if (client_) {
                BIO_write(SSL_get_rbio(client_.get()), buffer.data(), static_cast<int>(n));
            }
            size += n;
        }
        return size;
    }
    asio::awaitable<Transferred> write(Buffers buffers) override {
        error_code error;
        std::size_t size = 0;
        for (asio::const_buffer buffer : buffers) {
            while (buffer.size() > 0) {
                const std::size_t n = write_now({&buffer, 1}, error);
                buffer += n;
                size += n;
            }
        }
        co_return Transferred(error, size);
    }
    asio::awaitable<void> shut_down() override { co_return; }
    void cancel(error_code&) override {}
    void close(error_code&) override {}

    /// What the client has sent until somebody tampered with the connection.
    [[nodiscard]] const std::string& sent() const { return sent_; }
    /// Whether it has ended in order.
    [[nodiscard]] bool ended() const { return ended_; }

private:
    static const Owned<SSL_CTX>& context() {
        static const Owned<SSL_CTX> context = make_context(Version::tls1_2);
        return context;
    }

    /// Has the client do the next thing. False if there is none.
    bool proceed() {
        if (!client_) {
            return false;
        }
        if (SSL_is_init_finished(client_.get()) == 0) {
            SSL_do_handshake(client_.get());
            take_written();
            return !unread_.empty();
        }
        constexpr int max_records = 64;
        return !input_.empty() && records_++ < max_records && send_record();
    }

    bool send_record() {
        const std::size_t action = take_byte();
        const std::string data(take(take_byte()));
        if (action % 8 == 1) {
            SSL_key_update(client_.get(), SSL_KEY_UPDATE_REQUESTED);
        }
        if (action % 8 == 2) {
            SSL_shutdown(client_.get());
        } else if (!data.empty()) {
            SSL_write(client_.get(), data.data(), static_cast<int>(data.size()));
        }
        take_written();
        if (!tampered_ && !ended_) {
            sent_ += action % 8 == 2 ? "" : data;  // of the record that is spoilt, all or nothing
            ended_ = action % 8 == 2;
        }
        if (action % 8 > 2) {
            const std::string written = unread_;
            tamper(action, data);
            tampered_ = tampered_ || unread_ != written;
        }
        return true;
    }

    void tamper(std::size_t action, const std::string& data) {
        const std::size_t place = (action / 8) % std::max<std::size_t>(unread_.size(), 1);
        switch (action % 8) {
            case 3:
                unread_.erase(place);
                break;
            case 4:
                unread_.insert(place, data);
                break;
            case 5:
                unread_ += unread_;
                break;
            default:
                std::for_each_n(unread_.begin() + static_cast<std::ptrdiff_t>(place),
                                std::min<std::size_t>(unread_.size() - place, 1),
                                [](char& byte) { byte ^= 1; });
        }
    }

    std::size_t take_byte() {
        const std::string_view taken = take(1);
        return taken.empty() ? 0 : static_cast<unsigned char>(taken.front());
    }

    std::string_view take(std::size_t size) {
        const std::string_view taken = input_.substr(0, size);
        input_.remove_prefix(taken.size());
        return taken;
    }

    void take_written() {
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(SSL_get_wbio(client_.get()), &bytes);
        unread_.append(bytes, static_cast<std::size_t>(size));
        BIO_reset(SSL_get_wbio(client_.get()));
    }

    asio::any_io_executor executor_;
    std::string_view input_;
    std::size_t segment_;
    std::string unread_;
    Owned<SSL> client_;
    std::string sent_;
    int records_ = 0;
    bool tampered_ = false;
    bool ended_ = false;
};

asio::awaitable<void> serve(std::unique_ptr<Peer> owned, SSL_CTX* context, std::size_t room) {
    const Peer& peer = *owned;
    Owned<SSL> ssl(SSL_new(context));
    SSL_set_accept_state(ssl.get());
    TlsStream stream(std::move(owned), std::move(ssl));
    error_code error = co_await stream.handshake();
    std::string received;
    std::string buffer(room, '\0');
    while (!error) {
        std::size_t n = 0;
        std::tie(error, n) = co_await stream.read_some(asio::buffer(buffer));
        received.append(buffer, 0, n);
        check(peer.sent().starts_with(received));
        if (n > 0) {
            const asio::const_buffer echo = asio::buffer(buffer, n);
            error_code ignored;
            stream.write_now({&echo, 1}, ignored);
        }
    }
    if (error == asio::error::eof) {
        check(peer.ended() && received == peer.sent());
    }
    co_await stream.shut_down();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Owned<SSL_CTX> server = make_server_context();
    if (size < 3) {
        return 0;
    }
    random_state = 1;
    const std::string_view input(reinterpret_cast<const char*>(data) + 3, size - 3);
    const int version = data[0] % 4 < 2 ? TLS1_3_VERSION : TLS1_2_VERSION;
    asio::io_context context(1);
    auto peer = std::make_unique<Peer>(context.get_executor(), input, data[1] + 1U,
                                       data[0] % 2 == 1, version);
    asio::co_spawn(context, serve(std::move(peer), server.get(), data[2] + 1U),
                   [](const std::exception_ptr& failure) { check(!failure); });
    context.run();
    return 0;
}
