// How both peers show that they know the key without sending it: each answers a challenge of the
// other's, random bytes, with their HMAC under the key. Lib/multiprocessing/connection.py, 3.13.
#pragma once

#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/net/secret.hpp"
#include "protocol.hpp"

namespace cookbook::messaging {

/// Whether a peer may use HMAC-MD5, which is all that Python before 3.12 knows.
enum class Md5 { refused, allowed };

/// No message of the handshake is longer, and peers refuse longer ones.
inline constexpr std::size_t max_handshake_message = 256;

inline constexpr std::string_view welcome = "#WELCOME#";
inline constexpr std::string_view failure = "#FAILURE#";

/// "#CHALLENGE#{sha256}" and 40 random bytes.
std::string make_challenge();

/// What proves to the sender of `challenge` that we know the key: in the form of 3.12, "{sha256}"
/// and the MAC; to a challenge of an older Python, 20 random bytes without a digest's name, 16
/// bytes of HMAC-MD5. Errors: no_challenge, also if fewer than 20 bytes follow #CHALLENGE#;
/// unknown_digest, md5_only.
boost::system::result<std::string> answer_challenge(const Key& key, std::string_view challenge,
                                                    Md5 md5);

/// Whether `answer` proves that its sender knows the key; the comparison takes the same time
/// wherever it differs. Any digest that we know will do, since the MAC covers the one we asked for.
/// Errors: wrong_answer, unknown_digest, md5_only.
boost::system::error_code check_answer(const Key& key, std::string_view challenge,
                                       std::string_view answer, Md5 md5);

}  // namespace cookbook::messaging
