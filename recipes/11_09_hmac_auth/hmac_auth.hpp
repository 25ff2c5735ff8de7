// 11.9 Authenticating clients
//
// Problem:  let in only those clients that know a secret key, without sending the key and without
//           the complexity of TLS.
// Solution: challenge and response. The server sends random bytes; the client returns their HMAC,
//           which only somebody with the key can make. If both sides are to be sure of each other,
//           both send random bytes, and both prove themselves.
//
// Start with challenge.cpp, the messages and their checks; handshake.cpp sends and receives them
// within one limit. demo.cpp shows what they do not protect from.
#pragma once

#include <boost/system/error_code.hpp>
#include <type_traits>

#include "common/async/asio.hpp"
#include "common/net/stream.hpp"
#include "mac.hpp"

namespace cookbook::hmac_auth {

/// Server and client agree beforehand on the form, and on the digest of their Macs: nothing is
/// negotiated, so nothing can be downgraded.
struct Options {
    bool mutual = false;  // the server proves itself, too
    /// For the handshake as a whole, however slowly its bytes come.
    asio::steady_timer::duration handshake_timeout = 5s;
};

enum class Error {
    wrong_response = 1,  // the client does not know the key, or uses another digest
    hung_up,             // the server has not accepted our response
    wrong_proof,         // the server does not know the key
};
const boost::system::error_category& error_category();
boost::system::error_code make_error_code(Error error);

/// Whether `error` is how a connection ends if the peer hangs up: an end of file or a reset.
bool is_hang_up(const error_code& error);

/// The server's side. Returns if the client has proved that it knows the key; reads not one byte
/// more than that. Throws system_error: Error::wrong_response, timed_out, or why the stream has
/// ended; then close it, and say nothing. A client without the key has got nothing but a nonce.
asio::awaitable<void> authenticate_client(Stream& stream, Mac& mac, Options options);

/// The client's side; send nothing before it returns. It wipes the key when it is done. In the
/// plain form nobody says whether the server has accepted the response, nor whether it knows the
/// key. Throws system_error: Error::hung_up and, in the mutual form, Error::wrong_proof; timed_out,
/// or why the stream has ended.
asio::awaitable<void> authenticate_to_server(Stream& stream, Mac mac, Options options);

}  // namespace cookbook::hmac_auth

template <>
struct boost::system::is_error_code_enum<cookbook::hmac_auth::Error> : std::true_type {};
