#include <boost/system/system_error.hpp>
#include <string>

#include "challenge.hpp"
#include "common/async/deadline.hpp"
#include "hmac_auth.hpp"

namespace cookbook::hmac_auth {
namespace {

using boost::system::system_error;

/// The stream during the handshake.
class Exchange {
public:
    Exchange(Stream& stream, asio::steady_timer::duration limit) : stream_(stream) {
        // [step 3] Limit the handshake as a whole: the deadline is set here, and nowhere else.
        deadline_.expires_after(limit);
        // [end]
    }

    /// Fills the whole buffer, and reads no more: what follows is the application's.
    asio::awaitable<void> read(asio::mutable_buffer buffer) {
        // [step 3] Read until the buffer is full, however many pieces the bytes come in.
        while (buffer.size() > 0) {
            const auto [read_error, n] = co_await stream_.read_some(buffer);
            if (read_error) {
                throw system_error(deadline_.reason(read_error));
            }
            buffer += n;
        }
        // [end]
    }

    asio::awaitable<void> write(asio::const_buffer message) {
        has_spoken_ = true;
        const error_code write_error = co_await write_all(stream_, message);
        if (write_error) {
            throw system_error(deadline_.reason(write_error));
        }
    }

    [[nodiscard]] bool has_spoken() const noexcept { return has_spoken_; }

private:
    Stream& stream_;
    Deadline deadline_{stream_};
    bool has_spoken_ = false;
};

asio::awaitable<void> challenge_client(Exchange& peer, Mac& mac) {
    const Nonce challenge = make_nonce();
    co_await peer.write(asio::buffer(challenge));
    Mac::Value response(mac.size(), '\0');
    co_await peer.read(asio::buffer(response));
    if (!is_equal(respond(mac, challenge), response)) {
        throw system_error(Error::wrong_response);
    }
}

asio::awaitable<void> respond_to_server(Exchange& peer, Mac& mac) {
    Nonce challenge{};
    co_await peer.read(asio::buffer(challenge));
    const Mac::Value response = respond(mac, challenge);
    co_await peer.write(asio::buffer(response));
}

/// The client proves itself first: whoever does not know the key gets no proof out of the server.
asio::awaitable<void> admit_mutually(Exchange& peer, Mac& mac) {
    // [step 4] Send our nonce; take the client's and its proof; only then prove ourselves.
    const Nonce ours = make_nonce();
    co_await peer.write(asio::buffer(ours));
    Nonce theirs{};
    co_await peer.read(asio::buffer(theirs));
    Mac::Value proof(mac.size(), '\0');
    co_await peer.read(asio::buffer(proof));
    if (!is_equal(prove(mac, Role::client, ours, theirs), proof)) {
        throw system_error(Error::wrong_response);
    }
    const Mac::Value our_proof = prove(mac, Role::server, ours, theirs);
    co_await peer.write(asio::buffer(our_proof));
    // [end]
}

asio::awaitable<void> introduce_mutually(Exchange& peer, Mac& mac) {
    // [step 4] Take the server's nonce; send ours and our proof; then have the server prove itself.
    Nonce theirs{};
    co_await peer.read(asio::buffer(theirs));
    const Nonce ours = make_nonce();
    const Mac::Value our_proof = prove(mac, Role::client, theirs, ours);
    std::string message(ours.begin(), ours.end());
    message.append(our_proof.data(), our_proof.size());
    co_await peer.write(asio::buffer(message));
    Mac::Value proof(mac.size(), '\0');
    co_await peer.read(asio::buffer(proof));
    if (!is_equal(prove(mac, Role::server, theirs, ours), proof)) {
        throw system_error(Error::wrong_proof);
    }
    // [end]
}

}  // namespace

asio::awaitable<void> authenticate_client(Stream& stream, Mac& mac, Options options) {
    Exchange peer(stream, options.handshake_timeout);
    co_await (options.mutual ? admit_mutually(peer, mac) : challenge_client(peer, mac));
}

asio::awaitable<void> authenticate_to_server(Stream& stream, Mac mac, Options options) {
    Exchange peer(stream, options.handshake_timeout);
    try {
        co_await (options.mutual ? introduce_mutually(peer, mac) : respond_to_server(peer, mac));
    } catch (const system_error& failure) {
        if (peer.has_spoken() && is_hang_up(failure.code())) {
            throw system_error(Error::hung_up);
        }
        throw;
    }
}

}  // namespace cookbook::hmac_auth
