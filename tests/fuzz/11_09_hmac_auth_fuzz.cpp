// 11.9: whatever bytes come in place of a client or of a server, neither side takes its peer for
// one that knows the key, reads more than the handshake, or says more than it should.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "11_09_hmac_auth/challenge.hpp"
#include "11_09_hmac_auth/hmac_auth.hpp"

using namespace cookbook;
using namespace cookbook::hmac_auth;

namespace {

constexpr std::size_t nonce_size = 32;
constexpr std::size_t mac_size = 32;

void check(bool holds) {
    if (!holds) {
        std::abort();
    }
}

const Key& key() {
    static const Key key("peekaboo");
    return key;
}

/// A stream that reads given bytes, in pieces, and then the end; and keeps what is written.
class Tape final : public Stream {
public:
    Tape(asio::any_io_executor executor, std::string_view input, std::size_t piece)
        : executor_(std::move(executor)), unread_(input), piece_(piece) {}

    asio::any_io_executor get_executor() override { return executor_; }
    [[nodiscard]] tcp::endpoint peer() const override { return {}; }
    asio::awaitable<Transferred> read_some(asio::mutable_buffer buffer) override {
        const std::size_t n = asio::buffer_copy(buffer, asio::buffer(unread_), piece_);
        unread_.remove_prefix(n);
        read_ += n;
        co_return Transferred(n == 0 ? error_code(asio::error::eof) : error_code(), n);
    }
    std::size_t write_now(Buffers, error_code& error) override {
        error = asio::error::would_block;
        return 0;
    }
    asio::awaitable<Transferred> write(Buffers buffers) override {
        for (const asio::const_buffer& buffer : buffers) {
            written_.append(static_cast<const char*>(buffer.data()), buffer.size());
        }
        co_return Transferred(error_code(), asio::buffer_size(buffers));
    }
    asio::awaitable<void> shut_down() override { co_return; }
    void cancel(error_code&) override {}
    void close(error_code&) override {}

    [[nodiscard]] std::size_t read() const { return read_; }
    [[nodiscard]] const std::string& written() const { return written_; }

private:
    asio::any_io_executor executor_;
    std::string_view unread_;
    std::size_t piece_;
    std::size_t read_ = 0;
    std::string written_;
};

/// Whether the side ends well.
bool runs(asio::io_context& context, asio::awaitable<void> side) {
    bool well = false;
    asio::co_spawn(context, std::move(side), [&](const std::exception_ptr& failure) {
        well = !failure;
        if (failure) {
            try {
                std::rethrow_exception(failure);
            } catch (const boost::system::system_error&) {
            }
        }
    });
    context.run();
    context.restart();
    return well;
}

void fuzz_server(std::string_view input, std::size_t piece, bool mutual) {
    asio::io_context context(1);
    Tape tape(context.get_executor(), input, piece);
    Mac mac(key(), Digest::sha256);
    check(!runs(context, authenticate_client(tape, mac, {.mutual = mutual})));
    check(tape.read() <= mac_size + (mutual ? nonce_size : 0));
    check(tape.written().size() == nonce_size);
}

void fuzz_client(std::string_view input, std::size_t piece, bool mutual) {
    asio::io_context context(1);
    Tape tape(context.get_executor(), input, piece);
    const bool well =
        runs(context, authenticate_to_server(tape, Mac(key(), Digest::sha256), {.mutual = mutual}));
    check(well == (!mutual && input.size() >= nonce_size));
    check(tape.read() <= nonce_size + (mutual ? mac_size : 0));
    const std::size_t response = input.size() < nonce_size ? 0 : mac_size;
    check(tape.written().size() == response + (mutual && response > 0 ? nonce_size : 0));
}

/// The right message of a client or a server, with what the input does to it.
void fuzz_messages(std::string_view input) {
    std::array<Nonce, 2> nonces = {make_nonce(), make_nonce()};
    Mac mac(key(), Digest::sha256);
    for (const Role role : {Role::client, Role::server}) {
        const Mac::Value right = prove(mac, role, nonces[0], nonces[1]);
        Mac::Value changed(right);
        for (std::size_t i = 0; i < std::min(input.size(), changed.size()); ++i) {
            changed[i] = static_cast<char>(changed[i] ^ input[i]);
        }
        changed.resize(std::min(input.size(), changed.capacity()), 'x');
        check(is_equal(right, changed) == (right == changed));
    }
    const std::string_view bytes = input.substr(0, nonce_size);
    std::ranges::copy(bytes, nonces[0].begin());
    check(!is_equal(prove(mac, Role::client, nonces[0], nonces[1]),
                    prove(mac, Role::server, nonces[0], nonces[1])));
    check(!is_equal(respond(mac, nonces[0]), prove(mac, Role::client, nonces[0], nonces[1])));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) {
        return 0;
    }
    const std::string_view input(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t piece = data[1] + 1U;
    const bool mutual = data[0] % 2 == 1;
    fuzz_server(input, piece, mutual);
    fuzz_client(input, piece, mutual);
    fuzz_messages(input);
    return 0;
}
