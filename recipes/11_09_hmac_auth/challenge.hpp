// The messages of the handshake and their checks. No I/O.
#pragma once

#include <array>

#include "mac.hpp"

namespace cookbook::hmac_auth {

/// A number used once: random bytes that nobody can foresee, and that never come again.
using Nonce = std::array<char, 32>;

/// Throws std::runtime_error if OpenSSL has no random bytes.
Nonce make_nonce();

/// The plain response: the MAC of the challenge.
Mac::Value respond(Mac& mac, const Nonce& challenge);

/// Whether the two are equal. Takes the same time wherever they differ, so that a peer does not
/// learn how much of its guess is right.
bool is_equal(const Mac::Value& expected, const Mac::Value& received);

/// Who proves that it knows the key.
enum class Role { client, server };

/// The mutual proof: the MAC of the role's name, "client" or "server", and of both nonces. The name
/// makes it worthless in the other direction, the nonces in any other connection; and since its
/// message is longer than a challenge, no plain response is ever a proof.
Mac::Value prove(Mac& mac, Role role, const Nonce& server, const Nonce& client);

}  // namespace cookbook::hmac_auth
