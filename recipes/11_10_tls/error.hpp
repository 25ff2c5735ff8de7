// What went wrong, as one error_code and one line, in OpenSSL's words.
#pragma once

#include <openssl/types.h>

#include <boost/system/error_code.hpp>
#include <string>
#include <type_traits>

#include "common/async/asio.hpp"

namespace cookbook::tls {

enum class Error {
    stream_truncated = 1,  // the stream ended without a close_notify: something may be missing
};

/// The words for Error.
const boost::system::error_category& tls_category() noexcept;
/// A value is ERR_get_error(3)'s: "wrong version number", "tlsv1 alert unknown ca".
const boost::system::error_category& openssl_category() noexcept;
/// A value is SSL_get_verify_result(3)'s: "certificate verify failed: certificate has expired".
const boost::system::error_category& verify_category() noexcept;

inline error_code make_error_code(Error error) noexcept {
    return {static_cast<int>(error), tls_category()};
}

/// Empties this thread's error queue, and returns its oldest entry; if that is a certificate that
/// was not trusted and `ssl` is given, why. Call it right after the call that failed, on the same
/// thread and with no co_await between: the queue belongs to the thread, not to the connection.
error_code take_error(const SSL* ssl = nullptr) noexcept;

/// Whether the peer has sent the alert that `error` is (RFC 8446, 6).
bool is_alert(const error_code& error) noexcept;

}  // namespace cookbook::tls

template <>
struct boost::system::is_error_code_enum<cookbook::tls::Error> : std::true_type {};
